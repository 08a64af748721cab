/**
 * Kafka configuration of a topic.
 *
 * @example
 * ```ts
 * import { startPortalEmulator, type PortalTopicConfiguration } from 'quix-streams-auth/testing';
 *
 * const configuration: Partial<PortalTopicConfiguration> = {
 *   partitions: 4,
 *   retentionInMinutes: 60,
 *   cleanupPolicy: 'Compact',
 * };
 * const portal = await startPortalEmulator({ topics: [{ name: 'f1-data', configuration }] });
 * console.log(portal.topics.get('f1-data')?.configuration.replicationFactor); // 2
 * ```
 */
export interface PortalTopicConfiguration {
  /** Number of partitions. Default: 1. */
  partitions: number;
  /** Number of replicas of each partition. Default: 2. */
  replicationFactor: number;
  /** Retention in minutes. Default: 1440. */
  retentionInMinutes: number;
  /** Retention in bytes of each partition. Default: -1, which means no limit. */
  retentionInBytes: number;
  /** Treatment of old messages by Kafka. Default: `'Delete'`. */
  cleanupPolicy: 'Delete' | 'Compact' | 'DeleteAndCompact';
}

/**
 * A topic as the Portal returns it. A change applies to the next request.
 *
 * @example
 * ```ts
 * import { startPortalEmulator, type PortalTopic } from 'quix-streams-auth/testing';
 *
 * const portal = await startPortalEmulator();
 * const topic: PortalTopic = portal.addTopic('f1-data');
 * console.log(topic.id); // org-project-dev-f1-data
 * topic.status = 'Deleting';
 * ```
 */
export interface PortalTopic {
  /**
   * Name of the topic in Kafka. Default: the workspace id, a dash and the name, or only the name
   * for an external topic.
   */
  id: string;
  /** Name of the topic in Quix. */
  name: string;
  /** Id of the workspace of the topic. */
  workspaceId: string;
  /**
   * Status of the topic: `Creating`, `Ready`, `Updating`, `Deleting` or `Error`. Default: `Ready`.
   */
  status: string;
  /**
   * Whether the topic was created outside Quix. The id of such a topic has no prefix. Default:
   * `false`.
   */
  external: boolean;
  /** Time of creation in ISO 8601 format. Default: now. */
  createdAt: string;
  /** Time of the last change in ISO 8601 format. Default: now. */
  updatedAt: string;
  /** Whether Quix also stores the messages outside Kafka. Default: `false`. */
  persisted: boolean;
  /** Status of the storage outside Kafka. Default: `Complete`, also if `persisted` is `false`. */
  persistedStatus: string;
  /** Kafka configuration. */
  configuration: PortalTopicConfiguration;
  /** Description of the error if the status is `Error`. Default: none. */
  lastError?: string;
  /** Field `errorStatus` of the Portal's response for a topic with an error. Default: none. */
  errorStatus?: string;
}

/**
 * A topic to add. Only the name is required. With the defaults, the topic is ready to use.
 *
 * @example
 * ```ts
 * import { startPortalEmulator, type PortalTopicOptions } from 'quix-streams-auth/testing';
 *
 * const portal = await startPortalEmulator();
 * const broken: PortalTopicOptions = { name: 'broken', status: 'Error', lastError: 'no quota' };
 * portal.addTopic(broken);
 * portal.addTopic({ name: 'legacy', external: true }); // the id is "legacy", without a prefix
 * ```
 */
export interface PortalTopicOptions extends Partial<
  Omit<PortalTopic, 'name' | 'workspaceId' | 'configuration'>
> {
  /** Name of the topic in Quix. */
  name: string;
  /** Kafka configuration. Default: the defaults of {@link PortalTopicConfiguration}. */
  configuration?: Partial<PortalTopicConfiguration>;
}

/** Creates a topic of a workspace. */
export function createPortalTopic(workspaceId: string, options: PortalTopicOptions): PortalTopic {
  const { name, external = false, configuration, ...rest } = options;
  const now = new Date().toISOString();
  return {
    id: external ? name : `${workspaceId}-${name}`,
    name,
    createdAt: now,
    updatedAt: now,
    persisted: false,
    persistedStatus: 'Complete',
    external,
    workspaceId,
    status: 'Ready',
    configuration: {
      partitions: 1,
      replicationFactor: 2,
      retentionInMinutes: 1440,
      retentionInBytes: -1,
      cleanupPolicy: 'Delete',
      ...configuration,
    },
    ...rest,
  };
}
