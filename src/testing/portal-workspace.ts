import { randomBytes } from 'node:crypto';
import type { PortalBroker, PortalBrokerUpdate } from './portal-broker.ts';
import { toWorkspaceBroker, updateBroker } from './portal-broker.ts';
import type { PortalTopic, PortalTopicOptions } from './portal-topic.ts';
import { createPortalTopic } from './portal-topic.ts';

/**
 * A workspace (an environment) to begin with.
 *
 * @example
 * ```ts
 * import { startPortalEmulator } from 'quix-streams-auth/testing';
 *
 * const portal = await startPortalEmulator({
 *   workspaces: [
 *     { workspaceId: 'org-project-dev', topics: ['f1-data'] },
 *     { workspaceId: 'org-project-old', status: 'Deleting', version: 1 },
 *   ],
 * });
 * const token = portal.addToken(); // sees both
 * ```
 */
export interface PortalWorkspaceOptions {
  /** For example `org-project-dev`. */
  readonly workspaceId: string;
  /** Default: what follows the last dash of the id. */
  readonly name?: string;
  /** `Creating`, `Ready`, `Deleting`, `Error`, `Disabled`, … Default: `'Ready'`. */
  readonly status?: string;
  /** Version of the platform. The answers of version 1 have no `brokerSettings`. Default: 2. */
  readonly version?: 1 | 2;
  /** `SharedKafka`, `ConfluentCloud`, `SelfHosted`, `AmazonMsk`, … Default: `'SharedKafka'`. */
  readonly brokerType?: string;
  /** Default: see {@link PortalBroker}. */
  readonly broker?: PortalBrokerUpdate;
  /** Names or more. Default: none. */
  readonly topics?: readonly (string | PortalTopicOptions)[];
  /** Keys of the answer to add or to replace; `undefined` removes one. Default: none. */
  readonly raw?: Readonly<Record<string, unknown>>;
}

/** A workspace of the emulator. What can be written takes effect with the next answer. */
export class PortalWorkspace {
  /** For example `org-project-dev`. */
  readonly workspaceId: string;
  readonly #createdAt = new Date().toISOString();
  readonly #defaultSasl: NonNullable<PortalBroker['sasl']>;
  // Private, so that printing an emulator in a test's log shows no password.
  #broker: PortalBroker;
  /** Its name for people. */
  name: string;
  /** `Creating`, `Ready`, `Deleting`, `Error`, `Disabled`, … */
  status: string;
  /** Version of the platform. */
  version: 1 | 2;
  /** `SharedKafka`, `SelfHosted`, … */
  brokerType: string;
  /** Keys of the answer to add or to replace; `undefined` removes one. */
  raw: Readonly<Record<string, unknown>>;
  /** By name. */
  readonly topics = new Map<string, PortalTopic>();

  /** @internal */
  constructor(options: PortalWorkspaceOptions) {
    const { workspaceId } = options;
    this.workspaceId = workspaceId;
    this.name = options.name ?? workspaceId.slice(workspaceId.lastIndexOf('-') + 1);
    this.status = options.status ?? 'Ready';
    this.version = options.version ?? 2;
    this.brokerType = options.brokerType ?? 'SharedKafka';
    this.raw = options.raw ?? {};
    this.#defaultSasl = {
      mechanism: 'SCRAM-SHA-512',
      username: workspaceId,
      password: randomBytes(24).toString('base64url'),
    };
    this.#broker = {
      brokers: ['127.0.0.1:9092'],
      securityProtocol: 'SASL_SSL',
      sasl: this.#defaultSasl,
    };
    this.setBroker(options.broker ?? {});
    for (const topic of options.topics ?? []) this.addTopic(topic);
  }

  /** What the workspace answers about its broker. */
  get broker(): PortalBroker {
    return this.#broker;
  }

  /** Changes what is named, keeps the rest. */
  setBroker(update: PortalBrokerUpdate): void {
    this.#broker = updateBroker(this.#broker, update, this.#defaultSasl);
  }

  /** Adds a topic, or replaces the one of that name. Returns it as it will be answered. */
  addTopic(topic: string | PortalTopicOptions): PortalTopic {
    const options = typeof topic === 'string' ? { name: topic } : topic;
    const added = createPortalTopic(this.workspaceId, options);
    this.topics.set(added.name, added);
    return added;
  }

  /**
   * The body of `GET /workspaces/{id}`.
   *
   * @internal
   */
  toAnswer(): Record<string, unknown> {
    const { workspaceId, name, status, brokerType, version } = this;
    return {
      workspaceId,
      name,
      status,
      brokerType,
      broker: toWorkspaceBroker(this.#broker),
      workspaceClassId: 'Standard',
      storageClassId: 'Standard',
      createdAt: this.#createdAt,
      version,
      ...(version === 2 && {
        brokerSettings: { brokerType, syncTopics: false },
        repositoryId: 'emulated-repository',
        branch: name,
        environmentName: name,
        branchProtected: false,
      }),
      ...this.raw,
    };
  }
}
