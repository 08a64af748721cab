import { Kafka } from 'kafkajs';
import { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

const quix = new QuixStreamingClient({ tokenFile: process.env.TOKEN_FILE });
const kafka = new Kafka(kafkaJSConfig(quix));
try {
  const { workspaceId } = await quix.getBrokerCredentials();
  console.log(workspaceId, kafka.producer() !== undefined);
} catch ({ code, message }) {
  console.log(code, message);
}
