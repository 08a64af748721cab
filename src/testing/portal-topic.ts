/** How a topic is set up in Kafka. */
export interface PortalTopicConfiguration {
  /** Default: 1. */
  partitions: number;
  /** Default: 2. */
  replicationFactor: number;
  /** Minutes. Default: 1440. */
  retentionInMinutes: number;
  /** Bytes; -1 for no limit. Default: -1. */
  retentionInBytes: number;
  /** Default: `'Delete'`. */
  cleanupPolicy: 'Delete' | 'Compact' | 'DeleteAndCompact';
}

/** A topic as the Portal answers it. Change one in `topics` and the next answer shows it. */
export interface PortalTopic {
  /** The name of the topic in Kafka. */
  id: string;
  /** The name of the topic in Quix. */
  name: string;
  /** Id of the workspace that it belongs to. */
  workspaceId: string;
  /** `Creating`, `Ready`, `Updating`, `Deleting` or `Error`. */
  status: string;
  /** Whether it was made outside Quix, so that its id has no prefix. */
  external: boolean;
  /** ISO time. */
  createdAt: string;
  /** ISO time. */
  updatedAt: string;
  /** Whether Quix keeps its messages elsewhere as well. */
  persisted: boolean;
  /** How far that is; `Complete` for one that is not kept. */
  persistedStatus: string;
  /** How it is set up in Kafka. */
  configuration: PortalTopicConfiguration;
  /** What went wrong, when the status is `Error`. */
  lastError?: string;
  /** The Portal's own word for that. */
  errorStatus?: string;
}

/**
 * A topic to begin with: its name, and what shall differ from a fresh, ready topic.
 *
 * @example
 * ```ts
 * import { startPortalEmulator } from 'quix-streams-auth/testing';
 *
 * const portal = await startPortalEmulator();
 * portal.addTopic({ name: 'legacy', external: true }); // its id is "legacy" too
 * portal.addTopic({ name: 'broken', status: 'Error', lastError: 'no quota' });
 * ```
 */
export interface PortalTopicOptions extends Partial<
  Omit<PortalTopic, 'name' | 'workspaceId' | 'configuration'>
> {
  /** The name of the topic in Quix. */
  name: string;
  /** What shall differ from the defaults of {@link PortalTopicConfiguration}. */
  configuration?: Partial<PortalTopicConfiguration>;
}

/** A topic as the Portal makes it: the id has the workspace's prefix unless it is external. */
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
