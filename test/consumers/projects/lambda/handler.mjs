import { Kafka } from 'kafkajs';
import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

// Created once per process, and used by all of its invocations.
const quix = new QuixStreamingClient();
const producer = new Kafka(kafkaJSConfig(quix, { clientId: 'lambda' })).producer();
let topic;

export async function handler(event) {
  await quix.getBrokerCredentials({ forceRefresh: event.refresh });
  topic ??= await quix.getTopic('lambda');
  await producer.connect(); // sends nothing if the producer is connected
  await producer.send({ topic: topic.id, messages: [{ value: event.value }] });
  const { exchanges, requests } = quix.describe();
  return { exchanges, requests };
}

/** Returns the error code of a client with a token that the Portal rejects. */
export async function handlerWithWrongToken() {
  const rejectedClient = new QuixStreamingClient({ tokenEnvVar: 'WRONG_TOKEN' });
  const error = await rejectedClient.getBrokerCredentials().catch((reason) => reason);
  return { code: error instanceof QuixError && error.code };
}
