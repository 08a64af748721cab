import { QuixError } from '../errors.ts';
import type { PortalErrorShape } from './answers.ts';
import type { PortalBrokerUpdate } from './portal-broker.ts';
import type { PortalFault } from './portal-fault.ts';
import type { PortalTopic, PortalTopicOptions } from './portal-topic.ts';
import { PortalWorkspace, type PortalWorkspaceOptions } from './portal-workspace.ts';
import type { RecordedRequest } from './recorded-request.ts';
import { TokenRegistry, type PortalTokenOptions, type PortalTokenPair } from './token-registry.ts';

/** What an emulated Portal begins with. */
export interface PortalStateOptions {
  /** At least one; the streaming tokens see the first alone. Default: one, `org-project-dev`. */
  readonly workspaces?: readonly PortalWorkspaceOptions[];
  /** Changes the first workspace's broker. Default: see {@link PortalBroker}. */
  readonly broker?: PortalBrokerUpdate;
  /** Topics of the first workspace, names or more, in addition to its own. Default: none. */
  readonly topics?: readonly (string | PortalTopicOptions)[];
  /** Milliseconds that each answer takes. Default: 0. */
  readonly latencyMs?: number;
  /** Milliseconds that a new topic stays `Creating`. Default: 0, it is `Ready` at once. */
  readonly topicCreationMs?: number;
  /** How errors are told. Default: `'object'`, which is `{ message, correlationId }`. */
  readonly errorShape?: PortalErrorShape;
  /** Fixed streaming tokens, so that a restarted emulator accepts the same ones. Default: random. */
  readonly tokens?: { readonly token1?: string | undefined; readonly token2?: string | undefined };
  /** Called with each line of the log when its request has been answered. Default: nothing. */
  readonly onRequest?: ((request: RecordedRequest) => void) | undefined;
}

/** All that an emulated Portal knows. What can be written takes effect with the next request. */
export class PortalState {
  /** Id of the first workspace, the one that the streaming tokens see. */
  readonly workspaceId: string;
  /** By id. */
  readonly workspaces = new Map<string, PortalWorkspace>();
  /** Those of the first workspace, by name. */
  readonly topics: Map<string, PortalTopic>;
  /** The log, in order of arrival. Empty it with `requests.length = 0`. */
  readonly requests: RecordedRequest[] = [];
  /** What shall go wrong next: push to it. Empty it with `faults.length = 0`. */
  readonly faults: PortalFault[] = [];
  /** Milliseconds that each answer takes. */
  latencyMs: number;
  /** Milliseconds that a new topic stays `Creating`. */
  topicCreationMs: number;
  /** How errors are told. */
  errorShape: PortalErrorShape;
  /** @internal */
  readonly onRequest: PortalStateOptions['onRequest'];
  readonly #tokens: TokenRegistry;

  /** @internal */
  constructor(options: PortalStateOptions = {}) {
    const { workspaces = [{ workspaceId: 'org-project-dev' }], broker = {}, topics = [] } = options;
    const [first] = workspaces;
    if (!first) {
      throw new QuixError('QUIX_CONFIG', 'The option "workspaces" is an empty list.', {
        hint: 'Leave it out for one workspace; for a token that sees none use addToken({ workspaces: [] }).',
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
    this.#tokens = new TokenRegistry(first.workspaceId, options.tokens);
  }

  /** Token 1 as it is now: the one that Quix puts into a deployment's `Quix__Sdk__Token`. */
  get token1(): string {
    return this.#tokens.pair.token1;
  }

  /** Token 2 as it is now: works too, and is Token 1 after the next rotation. */
  get token2(): string {
    return this.#tokens.pair.token2;
  }

  /** As in Quix: Token 1 is deactivated, Token 2 becomes Token 1, a new Token 2 is made. */
  rotateTokens(): PortalTokenPair {
    return this.#tokens.rotate();
  }

  /** Adds a token such as a Personal Access Token, and returns it. */
  addToken(options: PortalTokenOptions = {}): string {
    return this.#tokens.add(options);
  }

  /** Deactivates any token. */
  revokeToken(token: string): void {
    this.#tokens.revoke(token);
  }

  /** Adds a workspace. */
  addWorkspace(options: PortalWorkspaceOptions): PortalWorkspace {
    const { workspaceId } = options;
    if (workspaceId === '' || this.workspaces.has(workspaceId)) {
      throw new QuixError(
        'QUIX_CONFIG',
        `The workspaceId "${workspaceId}" is empty or used twice.`,
        {
          hint: 'Give each workspace an id of its own.',
        },
      );
    }
    const workspace = new PortalWorkspace(options);
    this.workspaces.set(workspaceId, workspace);
    return workspace;
  }

  /**
   * Changes what is named of a workspace's broker and keeps the rest, as when Quix gives the
   * workspace another password.
   *
   * @param workspaceId Default: the first workspace.
   */
  setBroker(broker: PortalBrokerUpdate, workspaceId?: string): void {
    this.#workspace(workspaceId).setBroker(broker);
  }

  /**
   * Adds a topic, or replaces the one of that name.
   *
   * @param workspaceId Default: the first workspace.
   */
  addTopic(topic: string | PortalTopicOptions, workspaceId?: string): PortalTopic {
    return this.#workspace(workspaceId).addTopic(topic);
  }

  /** @internal */
  get tokens(): TokenRegistry {
    return this.#tokens;
  }

  #workspace(workspaceId: string = this.workspaceId): PortalWorkspace {
    const workspace = this.workspaces.get(workspaceId);
    if (workspace) return workspace;
    throw new QuixError('QUIX_CONFIG', `The emulator has no workspace "${workspaceId}".`, {
      hint: `It has: ${[...this.workspaces.keys()].join(', ')}.`,
    });
  }
}

/**
 * The state of an emulated Portal, for {@link portalHandlers}. `startPortalEmulator` makes its own.
 *
 * @throws QuixError `QUIX_CONFIG` for workspaces without an id, or with the same one
 *
 * @example
 * ```ts
 * import { createPortalState } from 'quix-streams-auth/testing';
 *
 * const state = createPortalState({ topics: ['f1-data'], broker: { brokers: ['localhost:9093'] } });
 * const personalToken = state.addToken({ workspaces: [] }); // valid, sees no workspace
 * ```
 */
export function createPortalState(options?: PortalStateOptions): PortalState {
  return new PortalState(options);
}
