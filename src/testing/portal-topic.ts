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
  /** Retention in bytes, -1 for no limit. Default: -1. */
  retentionInBytes: number;
  /** Default: `'Delete'`. */
  cleanupPolicy: 'Delete' | 'Compact' | 'DeleteAndCompact';
}

/**
 * A topic as the Portal returns it. A change takes effect with the next response.
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
  /** Name of the topic in Kafka. */
  id: string;
  /** Name of the topic in Quix. */
  name: string;
  /** Id of the workspace of the topic. */
  workspaceId: string;
  /** `Creating`, `Ready`, `Updating`, `Deleting` or `Error`. */
  status: string;
  /** Whether the topic was created outside Quix. The id of such a topic has no prefix. */
  external: boolean;
  /** Time of creation, in ISO 8601 format. */
  createdAt: string;
  /** Time of the last change, in ISO 8601 format. */
  updatedAt: string;
  /** Whether Quix also stores the messages outside Kafka. */
  persisted: boolean;
  /** Progress of that storage. `Complete` for a topic that is not persisted. */
  persistedStatus: string;
  /** Kafka configuration. */
  configuration: PortalTopicConfiguration;
  /** Description of the failure if the status is `Error`. */
  lastError?: string;
  /** The Portal's status of the failure. */
  errorStatus?: string;
}

/**
 * A topic to add. Only the name is required. The defaults describe a topic that is ready to use.
 *
 * @example
 * ```ts
 * import { startPortalEmulator, type PortalTopicOptions } from 'quix-streams-auth/testing';
 *
 * const portal = await startPortalEmulator();
 * const broken: PortalTopicOptions = { name: 'broken', status: 'Error', lastError: 'no quota' };
 * portal.addTopic(broken);
 * portal.addTopic({ name: 'legacy', external: true }); // its id is "legacy" too
 * ```
 */
export interface PortalTopicOptions extends Partial<
  Omit<PortalTopic, 'name' | 'workspaceId' | 'configuration'>
> {
  /** Name of the topic in Quix. */
  name: string;
  /** Kafka configuration. Default: see {@link PortalTopicConfiguration}. */
  configuration?: Partial<PortalTopicConfiguration>;
}

/** Creates a topic. Its id gets the prefix of the workspace unless the topic is external. */
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
