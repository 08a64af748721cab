import { QuixError, type BrokerCredentials, type QuixStreamingClient } from 'quix-streams-auth';

/** What a probe connects to. */
export interface ProbeOptions {
  readonly credentials: BrokerCredentials;
  /** `host:port` of the first broker to connect to. */
  readonly broker: string;
  /** Limit for each operation. */
  readonly timeoutMs: number;
}

/** Reads from a broker with one of the Kafka clients. */
export interface KafkaProbe {
  logIn(): Promise<void>;
  /** Returns the number of partitions of a topic. Does not create the topic. */
  countPartitions(topicId: string): Promise<number>;
  /** Returns Kafka's name for the state, such as `Stable`, or `Dead` if the group does not exist. */
  groupState(groupId: string): Promise<string>;
  close(): Promise<void>;
}

/** Returns a client for the adapters that has these credentials only. A refused login is final. */
export function fixedClient(credentials: BrokerCredentials): QuixStreamingClient {
  let isRefused = false;
  const client = {
    describe: () => ({ securityProtocol: credentials.securityProtocol }),
    invalidate: () => (isRefused = true),
    getBrokerCredentials: () =>
      isRefused
        ? Promise.reject(new QuixError('QUIX_CREDENTIALS_REFUSED', 'The login was refused.'))
        : Promise.resolve(credentials),
    on: () => undefined,
    off: () => undefined,
    warn: () => undefined,
  } satisfies Partial<Record<keyof QuixStreamingClient, unknown>>;
  return client as unknown as QuixStreamingClient;
}
