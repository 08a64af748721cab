import { Kafka } from 'kafkajs';
import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

// Keeps next build from calling the handler.
export const dynamic = 'force-dynamic';

// Created by the first request, because next build runs this file without a token.
let quix;

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

export async function GET() {
  quix ??= new QuixStreamingClient();
  const { brokers } = await quix.getBrokerCredentials();
  const topic = await quix.getTopic('next');
  const config = kafkaJSConfig(quix, { clientId: 'next' });
  new Kafka(config).producer();

  // The Portal does not know this JWT.
  const token = `${part({ alg: 'none' })}.${part({ exp: 4_102_444_800 })}.signature`;
  const rejectedClient = new QuixStreamingClient({ token });
  const error = await rejectedClient.getBrokerCredentials().catch((reason) => reason);

  return Response.json({
    brokers,
    kafkaBrokers: await config.brokers(),
    topic: topic.name,
    kind: rejectedClient.describe().token.kind,
    code: error instanceof QuixError && error.code,
    exchanges: quix.describe().exchanges,
  });
}
