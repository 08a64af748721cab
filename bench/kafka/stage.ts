import type { QuixStreamingClient } from 'quix-streams-auth';
import { startKafka, type KafkaCluster } from '../../test/kafka/support/kafka-cluster.ts';
import { portalBroker } from '../../test/kafka/support/portal-broker.ts';
import { importBuilt } from './built.ts';

/** A real Kafka, and a client that has its credentials already: the exchange is another figure. */
export interface Stage {
  readonly kafka: KafkaCluster;
  readonly quix: QuixStreamingClient;
  /** Has a client take its place whose credentials were used by no connection yet. */
  readonly exchangeAnew: () => Promise<void>;
}

/** Ends what it started, however `run` ends. */
export async function onStage<T>(run: (stage: Stage) => Promise<T>): Promise<T> {
  const { QuixStreamingClient: Client } = await importBuilt('index');
  const { startPortalEmulator } = await importBuilt('testing');
  const kafka = await startKafka();
  try {
    await using portal = await startPortalEmulator({ broker: portalBroker(kafka) });
    const connect = async (): Promise<QuixStreamingClient> => {
      const client = new Client({ env: portal.env, workspaceId: portal.workspaceId });
      await client.getBrokerCredentials();
      return client;
    };
    let current = await connect();
    try {
      return await run({
        kafka,
        get quix() {
          return current;
        },
        exchangeAnew: async () => {
          const next = await connect();
          await current.close();
          current = next;
        },
      });
    } finally {
      await current.close();
    }
  } finally {
    await kafka.stop();
  }
}
