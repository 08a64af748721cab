import { QuixStreamingClient, type QuixClientOptions } from 'quix-streams-auth';
import { onTestFinished } from 'vitest';
import { randomSecret } from '../support/leaks.ts';
import { answer, startServer, type Script } from '../support/scripted-server.ts';
import { logWarnings } from '../support/warnings.ts';

export const SETTINGS = {
  'bootstrap.servers': 'kafka.example:9093',
  'security.protocol': 'SASL_SSL',
  'sasl.mechanism': 'SCRAM-SHA-512',
  'sasl.username': 'user',
  'sasl.password': randomSecret('pw-'),
};

/** Sends valid broker settings. */
export const good: Script = answer(200, SETTINGS);

/** Creates a client of a scripted Portal with a fixed workspace and a random token. The test closes it when it finishes. */
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

/** Starts a Portal that adds `settings` to its broker settings, and creates a client of it. */
export async function clientWith(settings: object) {
  const portal = await startServer(answer(200, { ...SETTINGS, ...settings }));
  const client = clientOf(portal.origin);
  const warnings = logWarnings();
  client.on('warning', warnings.warn);
  return { client, warnings };
}
