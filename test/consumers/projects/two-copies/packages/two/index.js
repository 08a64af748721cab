export { QuixError, QuixStreamingClient } from 'quix-streams-auth';
export { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
