import { Kafka, logLevel, type Admin, type KafkaConfig } from 'kafkajs';
import type { KafkaUser } from './server-properties.ts';

/** What a client has to know of a running Kafka: plain data, which vitest can hand to its workers. */
export interface KafkaAccess {
  /**
   * `host:port` of each broker. SASL_SSL is advertised by name, and the certificates are for that name
   * alone, not for its addresses: host name verification has something to refuse.
   */
  readonly bootstrap: { readonly saslSsl: string[]; readonly plaintext: string[] };
  /** PEM of the authority that signed the brokers' certificates, and of one that did not. */
  readonly ca: string;
  readonly otherCa: string;
  /** Known to SCRAM-SHA-256, SCRAM-SHA-512 and PLAIN alike. */
  readonly user: KafkaUser;
}

/** Runs an administrator's task on a connection of its own, by default over the PLAINTEXT listener. */
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

/** How many messages a topic has been given. */
export function countMessages({ bootstrap }: KafkaAccess, topic: string): Promise<number> {
  return withAdmin({ brokers: bootstrap.plaintext }, async (admin) => {
    const offsets = await admin.fetchTopicOffsets(topic);
    return offsets.reduce((sum, { high }) => sum + Number(high), 0);
  });
}
