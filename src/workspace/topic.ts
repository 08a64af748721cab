import type { TopicResponse } from '../portal/index.ts';

/** Configuration of a topic. For a new topic, the Portal chooses the values that are absent. */
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
   * Name of the topic in Kafka. Pass it to Kafka clients. Do not build it from the workspace id and
   * the name, because ids of external topics do not have the prefix.
   */
  readonly id: string;
  /** Name of the topic in Quix. */
  readonly name: string;
  /** Portal status: `Ready`, `Creating`, `Updating`, `Deleting`, `Error`, … `Unknown` if absent. */
  readonly status: string;
  /** Whether the topic was created outside Quix. The id of such a topic does not have a prefix. */
  readonly external: boolean;
  /** Values that the Portal reports. Empty for a local broker. */
  readonly configuration: QuixTopicConfiguration;
}

/** Converts a topic of the Portal API. Omits values that are null. */
export function toTopic(response: TopicResponse): QuixTopic {
  const { id, name, status, external, configuration } = response;
  return {
    id,
    name,
    status: status ?? 'Unknown',
    external: external ?? false,
    configuration: Object.fromEntries(
      Object.entries(configuration ?? {}).filter(([, value]) => value !== null),
    ),
  };
}
