export { QuixError, QuixStreamingClient } from 'quix-streams-auth';
