import type { KafkaProbe, ProbeOptions } from './kafka-probe.ts';

/** librdkafka only logs a refused login, and tries again. */
const REFUSED_LOGIN = /SASL authentication error/i;

interface NativeError extends Error {
  readonly code?: number;
}

/** The parts of @confluentinc/kafka-javascript that the probe uses. It is not a dependency, so its types may be missing. */
export interface ConfluentLibrary {
  readonly Producer: new (config: object) => {
    on(event: 'event.log', listener: (log: { readonly message?: unknown }) => void): unknown;
    connect(options: { timeout: number }, callback: (error: NativeError | null) => void): unknown;
    disconnect(callback: () => void): unknown;
  };
  readonly KafkaJS: {
    readonly Kafka: new (config: object) => {
      admin(): {
        connect(): Promise<void>;
        disconnect(): Promise<void>;
        fetchTopicMetadata(options: {
          topics: string[];
          timeout: number;
        }): Promise<{ partitions: unknown[] }[] | { topics: { partitions: unknown[] }[] }>;
        describeGroups(
          groups: string[],
          options: { timeout: number },
        ): Promise<{ groups: { state: string | number; error?: NativeError }[] }>;
      };
    };
  };
}

/** States of a group by librdkafka's number. */
const STATES = ['Unknown', 'PreparingRebalance', 'CompletingRebalance', 'Stable', 'Dead', 'Empty'];

/** Creates a probe with @confluentinc/kafka-javascript. */
export function confluentProbe(
  { Producer, KafkaJS }: ConfluentLibrary,
  { credentials, broker, timeoutMs }: ProbeOptions,
): KafkaProbe {
  const config = {
    'client.id': 'quix-auth',
    ...credentials.toLibrdkafka(),
    'bootstrap.servers': broker,
    log_level: 3,
  };
  const producer = new Producer(config);
  let admin: ReturnType<InstanceType<typeof KafkaJS.Kafka>['admin']> | undefined;
  const openAdmin = async (): Promise<NonNullable<typeof admin>> => {
    if (!admin) {
      admin = new KafkaJS.Kafka(config).admin();
      await admin.connect();
    }
    return admin;
  };
  return {
    logIn: () =>
      new Promise<void>((resolve, reject) => {
        producer.on('event.log', ({ message }) => {
          if (typeof message !== 'string' || !REFUSED_LOGIN.test(message)) return;
          const code = 'SASL_AUTHENTICATION_FAILED';
          reject(Object.assign(new Error('The login was refused.'), { code }));
        });
        producer.connect({ timeout: timeoutMs }, (error) => {
          if (error) reject(error);
          else resolve();
        });
      }),
    async countPartitions(topicId) {
      const options = { topics: [topicId], timeout: timeoutMs };
      const found = await (await openAdmin()).fetchTopicMetadata(options);
      const [topic] = Array.isArray(found) ? found : found.topics;
      return topic?.partitions.length ?? 0;
    },
    async groupState(groupId) {
      const { groups } = await (
        await openAdmin()
      ).describeGroups([groupId], { timeout: timeoutMs });
      const [group] = groups;
      if (group?.error?.code) throw group.error;
      return STATES[Number(group?.state)] ?? 'Unknown';
    },
    async close() {
      await admin?.disconnect();
      await new Promise<void>((resolve) => {
        producer.disconnect(resolve);
      });
    },
  };
}
