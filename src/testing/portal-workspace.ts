import {
  createDefaultBroker,
  toWorkspaceBroker,
  updateBroker,
  type PortalBroker,
  type PortalBrokerUpdate,
} from './portal-broker.ts';
import { createPortalTopic, type PortalTopic, type PortalTopicOptions } from './portal-topic.ts';

/**
 * A workspace to add. Quix also calls a workspace an environment.
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
  /** Id of the workspace, for example `org-project-dev`. Must not be empty. */
  readonly workspaceId: string;
  /** Display name. Default: the part of the id after the last dash. */
  readonly name?: string;
  /**
   * Status of the workspace: `Creating`, `Ready`, `Deleting`, `Error`, `Disabled` or any other
   * text. Default: `'Ready'`.
   */
  readonly status?: string;
  /** Version of the Quix platform. Responses of version 1 have no `brokerSettings`. Default: 2. */
  readonly version?: 1 | 2;
  /**
   * Type of the broker: `SharedKafka`, `ConfluentCloud`, `SelfHosted`, `AmazonMsk` or any other
   * text. Default: `'SharedKafka'`.
   */
  readonly brokerType?: string;
  /** Settings of the broker. Default: the defaults of {@link PortalBroker}. */
  readonly broker?: PortalBrokerUpdate;
  /** Topics of the workspace. A string is the name of a topic. Default: none. */
  readonly topics?: readonly (string | PortalTopicOptions)[];
  /**
   * Fields to add to the Portal's description of the workspace, or to replace in it. `undefined`
   * removes a field. Default: none.
   */
  readonly raw?: Readonly<Record<string, unknown>>;
}

/**
 * A workspace of an emulated Portal. A change applies to the next request.
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
  /** Id of the workspace, for example `org-project-dev`. */
  readonly workspaceId: string;
  readonly #createdAt = new Date().toISOString();
  readonly #defaultBroker: PortalBroker;
  // Private, so that a test that prints the emulator does not print the password.
  #broker: PortalBroker;
  /** Display name. */
  name: string;
  /**
   * Status of the workspace: `Creating`, `Ready`, `Deleting`, `Error`, `Disabled` or another text.
   */
  status: string;
  /** Version of the Quix platform. */
  version: 1 | 2;
  /**
   * Type of the broker: `SharedKafka`, `ConfluentCloud`, `SelfHosted`, `AmazonMsk` or another text.
   */
  brokerType: string;
  /**
   * Fields to add to the Portal's description of the workspace, or to replace in it. `undefined`
   * removes a field.
   */
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
    this.#broker = this.#defaultBroker = createDefaultBroker(workspaceId);
    this.setBroker(options.broker ?? {});
    for (const topic of options.topics ?? []) this.addTopic(topic);
  }

  /** The broker of the workspace, with its password. */
  get broker(): PortalBroker {
    return this.#broker;
  }

  /**
   * Changes the broker. Settings that are absent stay the same.
   *
   * @throws QuixError `QUIX_CONFIG` if `ca` is neither empty nor a PEM certificate
   */
  setBroker(update: PortalBrokerUpdate): void {
    this.#broker = updateBroker(this.#broker, update, this.#defaultBroker);
  }

  /** Adds a topic and returns it. Replaces a topic with the same name. */
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
