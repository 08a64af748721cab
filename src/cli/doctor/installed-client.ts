import { pathToFileURL } from 'node:url';
import type * as Platformatic from '@platformatic/kafka';
import type * as KafkaJS from 'kafkajs';
import { QuixError, type BrokerCredentials, type QuixStreamingClient } from 'quix-streams-auth';
import { confluentKafka } from 'quix-streams-auth/confluent';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { platformaticClient } from 'quix-streams-auth/platformatic';
import { errorCode } from '../../sanitize-error.ts';
import { findPackage } from './find-package.ts';
import { StepError } from './step-runner.ts';

interface ProbeOptions {
  readonly credentials: BrokerCredentials;
  /** `host:port` of the first broker to connect to. */
  readonly broker: string;
  /** Limit for each operation. */
  readonly timeoutMs: number;
}

/** Connects to a broker with one of the Kafka clients. Each method but `close` logs in. */
export interface KafkaProbe {
  logIn(): Promise<void>;
  /** Returns the number of partitions of a topic. Does not create the topic. */
  countPartitions(topicId: string): Promise<number>;
  /** Returns the state, such as `Stable`, or `Dead` if the group does not exist. */
  groupState(groupId: string): Promise<string>;
  close(): Promise<void>;
}

/** Returns a client for the adapters that always has the same credentials. */
function fixedClient(credentials: BrokerCredentials): QuixStreamingClient {
  const ignore = (): void => undefined;
  const client = {
    describe: () => ({ securityProtocol: credentials.securityProtocol }),
    getBrokerCredentials: () => Promise.resolve(credentials),
    invalidate: ignore,
    on: ignore,
    off: ignore,
    warn: ignore,
  } satisfies Partial<Record<keyof QuixStreamingClient, unknown>>;
  return client as unknown as QuixStreamingClient;
}

interface Connection {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

type Topics = readonly { readonly partitions: readonly unknown[] }[];

interface Group {
  readonly state: string | number;
  readonly error?: Error & { readonly code?: number };
}

/** The methods that kafkajs and @confluentinc/kafka-javascript have in common. */
interface Admin extends Connection {
  fetchTopicMetadata(options: { topics: string[] }): Promise<Topics | { topics: Topics }>;
  describeGroups(groups: string[]): Promise<{ groups: readonly Group[] }>;
}

/** States of a group by librdkafka's number. */
const STATES = ['Unknown', 'PreparingRebalance', 'CompletingRebalance', 'Stable', 'Dead', 'Empty'];

function probeWith(producer: Connection, admin: Admin): KafkaProbe {
  return {
    // An admin of @confluentinc/kafka-javascript does not wait for its login.
    logIn: () => producer.connect(),
    async countPartitions(topicId) {
      await admin.connect();
      const found = await admin.fetchTopicMetadata({ topics: [topicId] });
      const topics = 'topics' in found ? found.topics : found;
      return topics[0]?.partitions.length ?? 0;
    },
    async groupState(groupId) {
      await admin.connect();
      const { groups } = await admin.describeGroups([groupId]);
      const { state = 'Unknown', error } = groups[0] ?? {};
      if (error?.code) throw error;
      return typeof state === 'number' ? (STATES[state] ?? 'Unknown') : state;
    },
    async close() {
      await Promise.all([producer.disconnect(), admin.disconnect()]);
    },
  };
}

/** Enough for a new Kafka cluster, which creates `__consumer_offsets` on the first request. */
const ADMIN_RETRIES = 4;

function kafkaJSProbe(
  { Kafka, logLevel }: typeof KafkaJS,
  { credentials, broker, timeoutMs }: ProbeOptions,
): KafkaProbe {
  if (broker.startsWith('[')) {
    const hint = 'Use a host name or another Kafka client.';
    throw new QuixError('QUIX_UNSUPPORTED', 'kafkajs cannot connect to an IPv6 address.', { hint });
  }
  const createKafka = (retries: number): KafkaJS.Kafka =>
    new Kafka(
      kafkaJSConfig(fixedClient(credentials), {
        brokers: [broker],
        clientId: credentials.clientId ?? 'quix-auth',
        connectionTimeout: timeoutMs,
        authenticationTimeout: timeoutMs,
        requestTimeout: timeoutMs,
        logLevel: logLevel.NOTHING,
        retry: { retries },
      }),
    );
  // With retries, connect() of kafkajs succeeds even if the broker never responds.
  return probeWith(createKafka(0).producer(), createKafka(ADMIN_RETRIES).admin());
}

/** The Kafka class of @confluentinc/kafka-javascript. Its types may not be installed. */
type ConfluentKafka = new (config?: object) => {
  producer(): Connection;
  consumer(config: object): Connection;
  admin(): Admin;
};

/** A logger that prints nothing. Without a logger, the library prints on stderr. */
const SILENT = Object.fromEntries(
  ['setLogLevel', 'error', 'warn', 'info', 'debug'].map((name) => [name, () => undefined]),
);

function confluentProbe(
  { KafkaJS }: { readonly KafkaJS: { readonly Kafka: ConfluentKafka } },
  { credentials, broker }: ProbeOptions,
): KafkaProbe {
  const client = fixedClient(credentials);
  // After a refused login, the adapter requests credentials again, and stops if this fails.
  client.invalidate = () => {
    client.getBrokerCredentials = () =>
      Promise.reject(new QuixError('QUIX_CREDENTIALS_REFUSED', 'The login was refused.'));
  };
  const kafka = confluentKafka(client, KafkaJS, {
    'bootstrap.servers': broker,
    'client.id': credentials.clientId ?? 'quix-auth',
    log_level: 3, // errors
    kafkaJS: { logger: SILENT },
  });
  return probeWith(kafka.producer(), kafka.admin());
}

function platformaticProbe(
  { Admin }: typeof Platformatic,
  { credentials, broker, timeoutMs }: ProbeOptions,
): KafkaProbe {
  const admin = platformaticClient(fixedClient(credentials), Admin, {
    bootstrapBrokers: [broker],
    clientId: credentials.clientId ?? 'quix-auth',
    connectTimeout: timeoutMs,
    timeout: timeoutMs,
    requestTimeout: timeoutMs,
    retries: 0,
  });
  return {
    async logIn() {
      await admin.metadata({ topics: [] });
    },
    async countPartitions(topicId) {
      const options = { topics: [topicId], autocreateTopics: false, forceUpdate: true };
      const { topics } = await admin.metadata(options);
      return topics.get(topicId)?.partitionsCount ?? 0;
    },
    async groupState(groupId) {
      const groups = await admin.describeGroups({ groups: [groupId] });
      const state = groups.get(groupId)?.state.toLowerCase() ?? 'unknown';
      return state.charAt(0).toUpperCase() + state.slice(1);
    },
    close: () => admin.close(),
  };
}

/** Functions that create a probe, by Kafka client. The first client that is installed is used. */
const PROBES = {
  kafkajs: kafkaJSProbe,
  '@platformatic/kafka': platformaticProbe,
  '@confluentinc/kafka-javascript': confluentProbe,
};

export type ClientName = keyof typeof PROBES;

export const CLIENT_NAMES = Object.keys(PROBES) as ClientName[];

/** A Kafka client that is installed in the user's project. */
export interface InstalledClient {
  readonly name: ClientName;
  readonly version: string;
  open(options: ProbeOptions): Promise<KafkaProbe>;
}

/** Imports a Kafka client. Throws a StepError if the import fails. */
async function load(name: string, file: string): Promise<{ readonly default?: object }> {
  try {
    return (await import(pathToFileURL(file).href)) as { default?: object };
  } catch (error) {
    const code = errorCode(error) ?? 'error';
    const remedy = `Install ${name} again, with the version of Node that runs this command.`;
    throw new StepError(`${name} cannot be loaded (${code}).`, remedy, code);
  }
}

/** Finds the wanted Kafka client. Without `wanted`, finds the first client that is installed. */
export function findKafkaClient(cwd: string, wanted?: ClientName): InstalledClient | undefined {
  for (const name of wanted === undefined ? CLIENT_NAMES : [wanted]) {
    const found = findPackage(name, cwd);
    if (!found) continue;
    const open = async (options: ProbeOptions): Promise<KafkaProbe> => {
      const module = await load(name, found.file);
      // Node does not detect all names that a CommonJS module exports. `default` has all of them.
      const library: unknown = { ...module, ...module.default };
      return PROBES[name](library as never, options);
    };
    return { name, version: found.version, open };
  }
  return undefined;
}
