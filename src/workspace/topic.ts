import type { TopicAnswer } from '../portal/index.ts';

/** How a topic is set up. What is left out when one is created is the Portal's to choose. */
export interface QuixTopicConfiguration {
  /** How many partitions it has. */
  readonly partitions?: number | undefined;
  /** On how many brokers each partition is. */
  readonly replicationFactor?: number | undefined;
  /** Minutes; -1 is for ever. */
  readonly retentionInMinutes?: number | undefined;
  /** Bytes of each partition; -1 is without limit. */
  readonly retentionInBytes?: number | undefined;
  /** `Delete`, `Compact` or `DeleteAndCompact`. */
  readonly cleanupPolicy?: string | undefined;
}

/** A topic of a Quix environment. */
export interface QuixTopic {
  /**
   * Its name in Kafka: what Kafka clients take. Most begin with the workspace's id and a dash,
   * external ones do not: ask, never compute.
   */
  readonly id: string;
  /** Its name in Quix. */
  readonly name: string;
  /** `Ready`, or another word of the Portal's: `Creating`, `Updating`, `Deleting`, `Error`. */
  readonly status: string;
  /** Whether it was made outside Quix, so that its id has no prefix. */
  readonly external: boolean;
  /** As the Portal tells it; empty where it does not, as for a local broker. */
  readonly configuration: QuixTopicConfiguration;
}

const SETTINGS = [
  'partitions',
  'replicationFactor',
  'retentionInMinutes',
  'retentionInBytes',
  'cleanupPolicy',
] as const;

/** A topic as it is given to users: nothing in it is null. */
export function toTopic(answer: TopicAnswer): QuixTopic {
  const { id, name, status, external, configuration } = answer;
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

/** A local broker knows no Quix names: a topic is called there what it is called here. */
export function localTopic(name: string): QuixTopic {
  return { id: name, name, status: 'Ready', external: true, configuration: {} };
}
