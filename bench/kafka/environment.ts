import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Index from 'quix-streams-auth';
import type * as Confluent from 'quix-streams-auth/confluent';
import type * as KafkaJS from 'quix-streams-auth/kafkajs';
import type * as Platformatic from 'quix-streams-auth/platformatic';
import type * as Testing from 'quix-streams-auth/testing';
import { startKafka, type KafkaCluster } from '../../test/kafka/support/kafka-cluster.ts';
import { portalBroker } from '../../test/kafka/support/portal-broker.ts';
import { installFolder } from '../support/install.ts';

interface EntryPoints {
  readonly index: typeof Index;
  readonly confluent: typeof Confluent;
  readonly kafkajs: typeof KafkaJS;
  readonly platformatic: typeof Platformatic;
  readonly testing: typeof Testing;
}

/** Imports an entry point of the installed package. By its public name, tsx would load the source. */
export async function importInstalled<Name extends keyof EntryPoints>(
  name: Name,
): Promise<EntryPoints[Name]> {
  const path = join(installFolder(), 'node_modules/quix-streams-auth/dist', `${name}.js`);
  return (await import(pathToFileURL(path).href)) as EntryPoints[Name];
}

/** A real Kafka, and a client that already has its credentials. */
export interface KafkaEnvironment {
  readonly kafka: KafkaCluster;
  readonly quix: Index.QuixStreamingClient;
  /** Replaces the client with a new one. No connection has used its credentials yet. */
  readonly renewCredentials: () => Promise<void>;
}

/** Starts Kafka and a Portal emulator, calls `run`, and stops both even if `run` fails. */
export async function withKafka<T>(run: (environment: KafkaEnvironment) => Promise<T>): Promise<T> {
  const { QuixStreamingClient: Client } = await importInstalled('index');
  const { startPortalEmulator } = await importInstalled('testing');
  const kafka = await startKafka();
  try {
    await using portal = await startPortalEmulator({ broker: portalBroker(kafka) });
    const connect = async (): Promise<Index.QuixStreamingClient> => {
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
        renewCredentials: async () => {
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
