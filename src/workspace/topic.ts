import type { TopicResponse } from '../portal/index.ts';

/** Configuration of a topic. When a topic is created, the Portal chooses what is left out. */
export interface QuixTopicConfiguration {
  /** Number of partitions. */
  readonly partitions?: number | undefined;
  /** Number of brokers that keep each partition. */
  readonly replicationFactor?: number | undefined;
  /** How long messages are kept, in minutes. -1 means forever. */
  readonly retentionInMinutes?: number | undefined;
  /** Size limit of each partition, in bytes. -1 means no limit. */
  readonly retentionInBytes?: number | undefined;
  /** `Delete`, `Compact` or `DeleteAndCompact`. */
  readonly cleanupPolicy?: string | undefined;
}

/** A topic of a Quix environment. */
export interface QuixTopic {
  /**
   * Name of the topic in Kafka, for Kafka clients. Most ids start with the workspace id and a dash,
   * but those of external topics do not. Never compute an id.
   */
  readonly id: string;
  /** Name of the topic in Quix. */
  readonly name: string;
  /** `Ready`, or another word of the Portal: `Creating`, `Updating`, `Deleting`, `Error`. */
  readonly status: string;
  /** Whether the topic was created outside Quix. Its id then has no prefix. */
  readonly external: boolean;
  /** Configuration as far as the Portal reports it. Empty for a local broker. */
  readonly configuration: QuixTopicConfiguration;
}

const SETTINGS = [
  'partitions',
  'replicationFactor',
  'retentionInMinutes',
  'retentionInBytes',
  'cleanupPolicy',
] as const;

/** Turns a topic of the Portal into one for users, in which no value is null. */
export function toTopic(response: TopicResponse): QuixTopic {
  const { id, name, status, external, configuration } = response;
  const known = SETTINGS.map((key) => [key, configuration?.[key]] as const);
  return {
    id,
    name,
    status: status ?? 'Unknown',
    external: external ?? false,
    configuration: Object.fromEntries(
      known.filter(([, value]) => value !== undefined && value !== null),
    ),
  };
}

/** Returns a topic of a local broker, where the id of a topic is its name. */
export function localTopic(name: string): QuixTopic {
  return { id: name, name, status: 'Ready', external: true, configuration: {} };
}
