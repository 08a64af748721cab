import { QuixError } from 'quix-streams-auth';
import type { PortalBrokerUpdate } from './portal-broker.ts';
import type { PortalFault } from './portal-fault.ts';
import type { PortalTopic, PortalTopicOptions } from './portal-topic.ts';
import { PortalWorkspace, type PortalWorkspaceOptions } from './portal-workspace.ts';
import type { RecordedRequest } from './recorded-request.ts';
import type { PortalErrorShape } from './responses.ts';
import { TokenRegistry, type PortalTokenOptions, type PortalTokenPair } from './token-registry.ts';

/**
 * Initial state of an emulated Portal.
 *
 * @example
 * ```ts
 * import { startPortalEmulator, type PortalStateOptions } from 'quix-streams-auth/testing';
 *
 * const options: PortalStateOptions = {
 *   workspaces: [{ workspaceId: 'org-project-test' }],
 *   topics: ['f1-data'],
 *   latencyMs: 20,
 *   onRequest: ({ method, path, status }) => {
 *     console.log(method, path, status);
 *   },
 * };
 * const portal = await startPortalEmulator(options);
 * console.log(portal.workspaceId); // org-project-test
 * ```
 */
export interface PortalStateOptions {
  /**
   * Workspaces, at least one. The streaming tokens have access to the first one only. Default: one
   * workspace with the id `org-project-dev`.
   */
  readonly workspaces?: readonly PortalWorkspaceOptions[];
  /**
   * Settings of the first workspace's broker. Default: those in `workspaces`, else the defaults of
   * {@link PortalBroker}.
   */
  readonly broker?: PortalBrokerUpdate;
  /**
   * Topics of the first workspace, in addition to those in `workspaces`. A string is the name of a
   * topic. Default: none.
   */
  readonly topics?: readonly (string | PortalTopicOptions)[];
  /**
   * Fixed streaming tokens, for tests that restart the emulator. They must differ and contain no
   * white space. A rotation still creates a random Token 2. Default: random tokens.
   */
  readonly tokens?:
    | {
        /** Text of Token 1. Default: `sdk-` and 32 random hexadecimal digits. */
        readonly token1?: string | undefined;
        /** Text of Token 2. Default: `sdk-` and 32 random hexadecimal digits. */
        readonly token2?: string | undefined;
      }
    | undefined;
  /** Delay of each response in milliseconds. Default: 0. */
  readonly latencyMs?: number;
  /**
   * Milliseconds for which a topic has the status `Creating` after `POST /{workspaceId}/topics`.
   * Default: 0, which makes the topic `Ready` immediately.
   */
  readonly topicCreationMs?: number;
  /** Shape of error bodies. Default: `'object'`, which is `{ message, correlationId }`. */
  readonly errorShape?: PortalErrorShape;
  /**
   * Called for each request just before its response is sent, or before the fault `reset` closes
   * the connection. Not called for the fault `hang`. Default: none.
   */
  readonly onRequest?: ((request: RecordedRequest) => void) | undefined;
}

/**
 * State of an emulated Portal. A change applies to the next request.
 *
 * @example
 * ```ts
 * import { createPortalState, type PortalState } from 'quix-streams-auth/testing';
 *
 * const state: PortalState = createPortalState();
 * state.addWorkspace({ workspaceId: 'org-project-prod' });
 * state.setBroker({ brokers: ['localhost:9093'] }, 'org-project-prod');
 * state.faults.push({ match: '/workspaces', status: 503 });
 * state.latencyMs = 100;
 * ```
 */
export class PortalState {
  /** Id of the first workspace, to which the streaming tokens have access. */
  readonly workspaceId: string;
  /** Workspaces by id. */
  readonly workspaces = new Map<string, PortalWorkspace>();
  /** Topics of the first workspace, by name. */
  readonly topics: Map<string, PortalTopic>;
  /** Recorded requests in order of arrival. `requests.length = 0` clears them. */
  readonly requests: RecordedRequest[] = [];
  /** Faults to inject. `faults.push()` adds a fault, and `faults.length = 0` removes all faults. */
  readonly faults: PortalFault[] = [];
  /** Delay of each response in milliseconds. */
  latencyMs: number;
  /**
   * Milliseconds for which a topic has the status `Creating` after `POST /{workspaceId}/topics`.
   */
  topicCreationMs: number;
  /** Shape of error bodies. */
  errorShape: PortalErrorShape;
  /** @internal */
  readonly onRequest: PortalStateOptions['onRequest'];
  /** @internal */
  readonly tokens: TokenRegistry;

  /** @internal */
  constructor(options: PortalStateOptions = {}) {
    const { workspaces = [{ workspaceId: 'org-project-dev' }], broker = {}, topics = [] } = options;
    const [first] = workspaces;
    if (!first) {
      throw new QuixError('QUIX_CONFIG', 'The option "workspaces" is an empty list.', {
        hint: 'Omit the option to get one workspace. Use addToken({ workspaces: [] }) to get a token without access to any workspace.',
      });
    }
    for (const workspace of workspaces) this.addWorkspace(workspace);
    this.workspaceId = first.workspaceId;
    this.topics = this.#workspace().topics;
    this.setBroker(broker);
    for (const topic of topics) this.addTopic(topic);
    this.latencyMs = options.latencyMs ?? 0;
    this.topicCreationMs = options.topicCreationMs ?? 0;
    this.errorShape = options.errorShape ?? 'object';
    this.onRequest = options.onRequest;
    this.tokens = new TokenRegistry(first.workspaceId, options.tokens);
  }

  /** The current Token 1, which Quix passes to deployments in `Quix__Sdk__Token`. */
  get token1(): string {
    return this.tokens.pair.token1;
  }

  /** The current Token 2, which is also valid. It becomes Token 1 in the next rotation. */
  get token2(): string {
    return this.tokens.pair.token2;
  }

  /**
   * Rotates the tokens as Quix does. Deactivates Token 1, makes Token 2 the new Token 1, and
   * creates a new Token 2. Returns the new tokens.
   */
  rotateTokens(): PortalTokenPair {
    return this.tokens.rotate();
  }

  /**
   * Adds a token that is like a Personal Access Token. Returns its text.
   *
   * @throws QuixError `QUIX_CONFIG` if the option `token` is empty or contains white space
   */
  addToken(options: PortalTokenOptions = {}): string {
    return this.tokens.add(options);
  }

  /** Deactivates a token of any kind. */
  revokeToken(token: string): void {
    this.tokens.revoke(token);
  }

  /**
   * Adds a workspace and returns it.
   *
   * @throws QuixError `QUIX_CONFIG` if the id is empty or in use, or if the `ca` of the broker is
   * not a PEM certificate
   */
  addWorkspace(options: PortalWorkspaceOptions): PortalWorkspace {
    const { workspaceId } = options;
    if (workspaceId === '' || this.workspaces.has(workspaceId)) {
      throw new QuixError('QUIX_CONFIG', `The workspace id "${workspaceId}" is empty or in use.`, {
        hint: 'Use a different id for each workspace.',
      });
    }
    const workspace = new PortalWorkspace(options);
    this.workspaces.set(workspaceId, workspace);
    return workspace;
  }

  /**
   * Changes the broker of a workspace. Settings that are absent stay the same.
   *
   * @param workspaceId Default: the first workspace.
   * @throws QuixError `QUIX_CONFIG` for an unknown workspace, or if `ca` is neither empty nor a PEM
   * certificate
   */
  setBroker(broker: PortalBrokerUpdate, workspaceId?: string): void {
    this.#workspace(workspaceId).setBroker(broker);
  }

  /**
   * Adds a topic to a workspace and returns it. Replaces a topic with the same name.
   *
   * @param workspaceId Default: the first workspace.
   * @throws QuixError `QUIX_CONFIG` for an unknown workspace
   */
  addTopic(topic: string | PortalTopicOptions, workspaceId?: string): PortalTopic {
    return this.#workspace(workspaceId).addTopic(topic);
  }

  #workspace(workspaceId: string = this.workspaceId): PortalWorkspace {
    const workspace = this.workspaces.get(workspaceId);
    if (workspace) return workspace;
    throw new QuixError('QUIX_CONFIG', `The emulator has no workspace "${workspaceId}".`, {
      hint: `Use one of: ${[...this.workspaces.keys()].join(', ')}.`,
    });
  }
}

/**
 * Creates the state of an emulated Portal for `portalHandlers()` of
 * `quix-streams-auth/testing/msw`. `startPortalEmulator()` does not need it.
 *
 * @throws QuixError `QUIX_CONFIG` for an empty list of workspaces, for workspaces without an id or
 * with the same id, for fixed tokens that are not valid, and for a broker `ca` that is not a PEM
 * certificate
 *
 * @example
 * ```ts
 * import { createPortalState } from 'quix-streams-auth/testing';
 *
 * const broker = { brokers: ['localhost:9093'] };
 * const state = createPortalState({ topics: ['f1-data'], broker });
 * console.log(state.token1.slice(0, 4)); // sdk-
 * ```
 */
export function createPortalState(options?: PortalStateOptions): PortalState {
  return new PortalState(options);
}
