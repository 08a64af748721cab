import { Kafka } from 'kafkajs';
import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

// Without this line, Next would call the handler once during the build.
export const dynamic = 'force-dynamic';

// Created on the first request, because the build has no token.
let quix;

export async function GET() {
  quix ??= new QuixStreamingClient();
  const { brokers, generation } = await quix.getBrokerCredentials();
  return Response.json({ brokers, generation });
}
