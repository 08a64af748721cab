import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { QuixStreamingClient } from 'quix-streams-auth';
import { startKafka, type KafkaCluster } from '../../test/kafka/support/kafka-cluster.ts';
import { portalBroker } from '../../test/kafka/support/portal-broker.ts';

/** A real Kafka, and a client that has its credentials already: the exchange is another figure. */
export interface Stage {
  readonly kafka: KafkaCluster;
  readonly quix: QuixStreamingClient;
}

/** An entry point as it is built: tsx would take the sources for its name. */
export async function importBuilt(name: string): Promise<unknown> {
  const built = new URL(`../../dist/${name}.js`, import.meta.url);
  if (!existsSync(fileURLToPath(built))) {
    throw new Error('dist/ is missing: run `npm run build` first.');
  }
  return import(built.href);
}

/** Ends what it started, however `run` ends. */
export async function onStage<T>(run: (stage: Stage) => Promise<T>): Promise<T> {
  const { QuixStreamingClient: Client } = (await importBuilt('index')) as {
    QuixStreamingClient: typeof QuixStreamingClient;
  };
  const { startPortalEmulator } = (await importBuilt('testing')) as Pick<
    typeof import('quix-streams-auth/testing'),
    'startPortalEmulator'
  >;
  const kafka = await startKafka();
  try {
    await using portal = await startPortalEmulator({ broker: portalBroker(kafka) });
    await using quix = new Client({ env: portal.env, workspaceId: portal.workspaceId });
    await quix.getBrokerCredentials();
    return await run({ kafka, quix });
  } finally {
    await kafka.stop();
  }
}
