import type { BrokerCredentials, QuixStreamingClient } from 'quix-streams-auth';

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

/** Returns a source that always has the same credentials, because the doctor tests these. */
export function fixedSource(
  credentials: BrokerCredentials,
): Pick<QuixStreamingClient, 'getBrokerCredentials' | 'invalidate' | 'describe'> {
  const { securityProtocol, generation } = credentials;
  return {
    getBrokerCredentials: () => Promise.resolve(credentials),
    invalidate: () => undefined,
    describe: () => ({
      state: 'ready',
      portal: '',
      securityProtocol,
      generation,
      exchanges: 0,
      failures: 0,
      requests: 0,
      refusals: 0,
      rotations: 0,
    }),
  };
}
