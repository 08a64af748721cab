import type { KafkaProbe, ProbeOptions } from './kafka-probe.ts';

/** librdkafka only logs a refused login, and tries again. */
const REFUSED_LOGIN = /SASL authentication error/i;

/** States of a group by librdkafka's number. */
const STATES = ['Unknown', 'PreparingRebalance', 'CompletingRebalance', 'Stable', 'Dead', 'Empty'];

type NativeError = Error & { readonly code?: number };

interface Producer {
  on(event: 'event.log', listener: (log: { readonly message?: unknown }) => void): unknown;
  connect(options: { timeout: number }, callback: (error: NativeError | null) => void): unknown;
  disconnect(callback: () => void): unknown;
}

interface Admin {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  fetchTopicMetadata(options: { topics: string[]; timeout: number }): Promise<Topic[] | Topics>;
  describeGroups(
    groups: string[],
    options: { timeout: number },
  ): Promise<{ groups: { state: string | number; error?: NativeError }[] }>;
}

type Topic = Readonly<Record<'partitions', unknown[]>>;
type Topics = Readonly<Record<'topics', Topic[]>>;

/** The parts of @confluentinc/kafka-javascript that are used. Its types may not be installed. */
interface ConfluentLibrary {
  readonly Producer: new (config: object) => Producer;
  readonly KafkaJS: { readonly Kafka: new (config: object) => { admin(): Admin } };
}

/** Creates a probe with @confluentinc/kafka-javascript. */
export function confluentProbe(
  library: ConfluentLibrary,
  { credentials, broker, timeoutMs: timeout }: ProbeOptions,
): KafkaProbe {
  const config = {
    'client.id': 'quix-auth',
    ...credentials.toLibrdkafka(),
    'bootstrap.servers': broker,
    log_level: 3,
  };
  const producer = new library.Producer(config);
  let connected: Promise<Admin> | undefined;
  const connectAdmin = async (): Promise<Admin> => {
    const admin = new library.KafkaJS.Kafka(config).admin();
    await admin.connect();
    return admin;
  };
  const getAdmin = (): Promise<Admin> => (connected ??= connectAdmin());
  return {
    logIn: () =>
      new Promise<void>((resolve, reject) => {
        producer.on('event.log', ({ message }) => {
          if (typeof message !== 'string' || !REFUSED_LOGIN.test(message)) return;
          const code = 'SASL_AUTHENTICATION_FAILED';
          reject(Object.assign(new Error('The login was refused.'), { code }));
        });
        producer.connect({ timeout }, (error) => {
          if (error) reject(error);
          else resolve();
        });
      }),
    async countPartitions(topicId) {
      const found = await (await getAdmin()).fetchTopicMetadata({ topics: [topicId], timeout });
      const [topic] = Array.isArray(found) ? found : found.topics;
      return topic?.partitions.length ?? 0;
    },
    async groupState(groupId) {
      const { groups } = await (await getAdmin()).describeGroups([groupId], { timeout });
      const [group] = groups;
      if (group?.error?.code) throw group.error;
      return STATES[Number(group?.state)] ?? 'Unknown';
    },
    async close() {
      await (await connected)?.disconnect();
      await new Promise<void>((resolve) => producer.disconnect(resolve));
    },
  };
}
