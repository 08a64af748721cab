import { QuixStreamingClient, type QuixClientOptions } from 'quix-streams-auth';
import { onTestFinished } from 'vitest';
import { randomSecret } from '../support/leaks.ts';
import { answer, type Script } from '../support/scripted-server.ts';

export const SETTINGS = {
  'bootstrap.servers': 'kafka.example:9093',
  'security.protocol': 'SASL_SSL',
  'sasl.mechanism': 'SCRAM-SHA-512',
  'sasl.username': 'user',
  'sasl.password': randomSecret('pw-'),
};

/** The answer that ends every trouble. */
export const good: Script = answer(200, SETTINGS);

/** A client of a scripted Portal, with a known workspace and a token of its own. */
export function clientOf(origin: string, options: QuixClientOptions = {}): QuixStreamingClient {
  const client = new QuixStreamingClient({
    token: randomSecret(),
    portalApi: origin,
    workspaceId: 'org-project-dev',
    env: {},
    ...options,
  });
  onTestFinished(() => client.close());
  return client;
}
