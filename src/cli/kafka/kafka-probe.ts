import type { BrokerCredentials } from 'quix-streams-auth';
import type { CredentialSource } from '../../kafka/shared/index.ts';

/** What a probe is made of. */
export interface ProbeOptions {
  readonly credentials: BrokerCredentials;
  /** `host:port` of the one broker to begin with. */
  readonly broker: string;
  /** Milliseconds for each thing that is asked. */
  readonly timeoutMs: number;
}

/** Asks a broker things with one of the Kafka clients. Each method connects by itself. */
export interface KafkaProbe {
  /** Connects and logs in. */
  logIn(): Promise<void>;
  /** How many partitions the topic has; creates none. */
  countPartitions(topicId: string): Promise<number>;
  /** In Kafka's words: `Stable`, `Empty`, `Dead` for one that does not exist, … */
  groupState(groupId: string): Promise<string>;
  close(): Promise<void>;
}

/** One snapshot, given again and again: the doctor tests these credentials and asks for no others. */
export function fixedSource(credentials: BrokerCredentials): CredentialSource {
  return {
    getBrokerCredentials: () => Promise.resolve(credentials),
    invalidate: () => undefined,
    describe: () => ({ securityProtocol: credentials.securityProtocol }),
  };
}
