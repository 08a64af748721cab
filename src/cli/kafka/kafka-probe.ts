import type { BrokerCredentials } from 'quix-streams-auth';
import type { CredentialSource } from '../../kafka/shared/index.ts';

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
export function fixedSource(credentials: BrokerCredentials): CredentialSource {
  return {
    getBrokerCredentials: () => Promise.resolve(credentials),
    invalidate: () => undefined,
    describe: () => ({ securityProtocol: credentials.securityProtocol }),
  };
}
