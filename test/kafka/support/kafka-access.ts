import { Kafka, logLevel, type Admin, type KafkaConfig } from 'kafkajs';
import type { KafkaUser } from './server-properties.ts';

/** Addresses and secrets of a running Kafka, as plain data that vitest can pass to its workers. */
export interface KafkaAccess {
  /**
   * `host:port` of each broker. SASL_SSL is advertised by name, and the certificates contain that
   * name but no addresses, so that host name verification can fail.
   */
  readonly bootstrap: { readonly saslSsl: string[]; readonly plaintext: string[] };
  /** PEM of the authority that signed the brokers' certificates, and of another authority. */
  readonly ca: string;
  readonly otherCa: string;
  /** A user for SCRAM-SHA-256, SCRAM-SHA-512 and PLAIN. */
  readonly user: KafkaUser;
}

/** Runs an administrative task on a separate connection, by default over the PLAINTEXT listener. */
export async function withAdmin<T>(
  config: KafkaConfig,
  run: (admin: Admin) => Promise<T>,
): Promise<T> {
  const quiet = { logLevel: logLevel.NOTHING, retry: { retries: 0 }, connectionTimeout: 3_000 };
  const admin = new Kafka({ ...quiet, ...config }).admin();
  try {
    await admin.connect();
    return await run(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Returns the number of messages that were written to a topic. */
export function countMessages({ bootstrap }: KafkaAccess, topic: string): Promise<number> {
  return withAdmin({ brokers: bootstrap.plaintext }, async (admin) => {
    const offsets = await admin.fetchTopicOffsets(topic);
    return offsets.reduce((sum, { high }) => sum + Number(high), 0);
  });
}
