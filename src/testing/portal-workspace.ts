import { randomBytes } from 'node:crypto';
import type { PortalBroker, PortalBrokerUpdate } from './portal-broker.ts';
import { toWorkspaceBroker, updateBroker } from './portal-broker.ts';
import type { PortalTopic, PortalTopicOptions } from './portal-topic.ts';
import { createPortalTopic } from './portal-topic.ts';

/**
 * A workspace to add. Quix also calls it an environment.
 *
 * @example
 * ```ts
 * import { startPortalEmulator, type PortalWorkspaceOptions } from 'quix-streams-auth/testing';
 *
 * const old: PortalWorkspaceOptions = { workspaceId: 'org-project-old', status: 'Deleting' };
 * const portal = await startPortalEmulator({
 *   workspaces: [{ workspaceId: 'org-project-dev', topics: ['f1-data'] }, old],
 * });
 * console.log(portal.workspaceId); // org-project-dev
 * ```
 */
export interface PortalWorkspaceOptions {
  /** For example `org-project-dev`. Must not be empty. */
  readonly workspaceId: string;
  /** Display name. Default: the part of the id after the last dash. */
  readonly name?: string;
  /** `Creating`, `Ready`, `Deleting`, `Error`, `Disabled`, … Default: `'Ready'`. */
  readonly status?: string;
  /** Version of the Quix platform. Responses of version 1 have no `brokerSettings`. Default: 2. */
  readonly version?: 1 | 2;
  /** `SharedKafka`, `ConfluentCloud`, `SelfHosted`, `AmazonMsk`, … Default: `'SharedKafka'`. */
  readonly brokerType?: string;
  /** Changes to the default broker. Default: see {@link PortalBroker}. */
  readonly broker?: PortalBrokerUpdate;
  /** Topics, or only their names. Default: none. */
  readonly topics?: readonly (string | PortalTopicOptions)[];
  /** Keys to add to the response or to replace there. `undefined` removes a key. Default: none. */
  readonly raw?: Readonly<Record<string, unknown>>;
}

/**
 * A workspace of an emulated Portal. A change takes effect with the next response.
 *
 * @example
 * ```ts
 * import { startPortalEmulator, type PortalWorkspace } from 'quix-streams-auth/testing';
 *
 * const portal = await startPortalEmulator();
 * const workspace: PortalWorkspace = portal.addWorkspace({ workspaceId: 'org-project-prod' });
 * workspace.addTopic('f1-data');
 * workspace.setBroker({ brokers: ['localhost:9093'] });
 * workspace.status = 'Disabled';
 * ```
 */
export class PortalWorkspace {
  /** For example `org-project-dev`. */
  readonly workspaceId: string;
  readonly #createdAt = new Date().toISOString();
  readonly #defaultSasl: NonNullable<PortalBroker['sasl']>;
  // Private, so that a test that prints the emulator does not print the password.
  #broker: PortalBroker;
  /** Display name. */
  name: string;
  /** `Creating`, `Ready`, `Deleting`, `Error`, `Disabled`, … */
  status: string;
  /** Version of the Quix platform. */
  version: 1 | 2;
  /** `SharedKafka`, `SelfHosted`, … */
  brokerType: string;
  /** Keys to add to the response or to replace there. `undefined` removes a key. */
  raw: Readonly<Record<string, unknown>>;
  /** Topics by name. */
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

  /** The broker that the workspace reports, with its password. */
  get broker(): PortalBroker {
    return this.#broker;
  }

  /**
   * Changes the broker. Settings that are not listed stay the same.
   *
   * @throws QuixError `QUIX_CONFIG` if `ca` is neither empty nor a PEM certificate
   */
  setBroker(update: PortalBrokerUpdate): void {
    this.#broker = updateBroker(this.#broker, update, this.#defaultSasl);
  }

  /** Adds a topic, or replaces the one with the same name. Returns the topic. */
  addTopic(topic: string | PortalTopicOptions): PortalTopic {
    const options = typeof topic === 'string' ? { name: topic } : topic;
    const added = createPortalTopic(this.workspaceId, options);
    this.topics.set(added.name, added);
    return added;
  }

  /**
   * Returns the body of `GET /workspaces/{id}`.
   *
   * @internal
   */
  toResponseBody(): Record<string, unknown> {
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
