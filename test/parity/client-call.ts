import type { QuixTopicConfiguration } from 'quix-streams-auth';

/** The input of a client. */
export interface Input {
  readonly portalApi?: string | undefined;
  readonly token?: string | undefined;
  readonly workspaceId?: string | undefined;
  readonly brokerAddress?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  readonly group?: string;
  readonly transactionalId?: string;
  /** librdkafka properties of the user. */
  readonly kafkaConfig?: Readonly<Record<string, unknown>>;
  readonly topic?: string;
  /** Whether to create a topic that does not exist. */
  readonly create?: boolean;
  /** Configuration of a new topic. */
  readonly configuration?: QuixTopicConfiguration;
  readonly topicTimeoutMs?: number;
  /** Time limit of a call of this package. The official client always uses 30 s. */
  readonly timeoutMs?: number;
}

/** Result of one call: a value, or the class or code of an error. */
export interface Outcome {
  readonly value?: unknown;
  readonly error?: string;
  /** HTTP status of an error. */
  readonly status?: number | null | undefined;
  readonly message?: string;
}
