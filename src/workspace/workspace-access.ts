import { QuixError } from '../errors.ts';
import {
  getWorkspaces,
  type PortalCall,
  type PortalRequest,
  type WorkspaceResponse,
} from '../portal/index.ts';
import { sourceInWords, type Token } from '../token/index.ts';
import type { Warn } from '../warnings.ts';
import {
  chooseWorkspace,
  formatWorkspaceIds,
  resolveWorkspaceReference,
  type WorkspaceReference,
  type WorkspacesOfToken,
} from './choose-workspace.ts';

/** Sends requests that need a workspace id. The first successful one determines the workspace. */
export class WorkspaceAccess {
  readonly #reference: WorkspaceReference | undefined;
  readonly #warn: Warn;
  #id: string | undefined;
  /** Token of the last successful request. Once it is set, the workspace must not change. */
  #confirmedToken: Token | undefined;
  /** Running request for the workspaces of a token, shared by concurrent calls. */
  #search: { readonly token: Token; readonly result: Promise<WorkspaceResponse[]> } | undefined;
  /** Workspaces that a call has already requested. They are not requested again with that token. */
  readonly #found = new WeakMap<PortalCall, WorkspacesOfToken>();

  constructor(reference: WorkspaceReference | undefined, warn: Warn) {
    this.#reference = reference;
    this.#warn = warn;
    this.#id = reference?.idOrName;
  }

  /**
   * Sends the request that `createRequest` returns for a workspace id. If no workspace is
   * configured, and `topic` is a topic id, its prefix determines the workspace.
   */
  async send<T>(
    call: PortalCall,
    createRequest: (workspaceId: string) => PortalRequest<T>,
    topic?: string,
  ): Promise<{ workspaceId: string; value: T }> {
    let workspaceId = this.#id ?? (await this.#choose(call, topic));
    let value: T;
    try {
      value = await call.send(createRequest(workspaceId));
    } catch (error) {
      if (!(error instanceof QuixError)) throw error;
      const { code } = error;
      if (code !== 'QUIX_WORKSPACE_NOT_FOUND' && code !== 'QUIX_FORBIDDEN') throw error;
      workspaceId = await this.#chooseAnother(error, call, workspaceId);
      value = await call.send(createRequest(workspaceId));
    }
    if (!call.token) return { workspaceId, value };
    // A concurrent call with another token may have confirmed another workspace meanwhile.
    if (this.#confirmedToken && this.#id !== workspaceId) {
      throw this.#changedError(call.token, workspaceId);
    }
    this.#id = workspaceId;
    this.#confirmedToken = call.token;
    return { workspaceId, value };
  }

  /**
   * Returns the workspaces that the token of a call has access to, or `undefined` if the request
   * for them fails. Throws if the call was aborted.
   */
  async listWorkspaces(call: PortalCall): Promise<readonly WorkspaceResponse[] | undefined> {
    const found = this.#found.get(call);
    if (found && found.token === call.token) return found.workspaces;
    return await call.send({ ...getWorkspaces(), noRetry: true }).catch(() => {
      call.deadline.signal.throwIfAborted();
      return undefined;
    });
  }

  async #choose(call: PortalCall, topic: string | undefined): Promise<string> {
    const token = await call.loadToken();
    const found = this.#found.get(call);
    if (found?.token === token) return chooseWorkspace(found.workspaces, this.#warn, topic);
    if (!this.#search?.token.sameAs(token)) {
      this.#search = { token, result: call.send(getWorkspaces()) };
    }
    const search = this.#search;
    try {
      const workspaces = await search.result;
      this.#found.set(call, { token: call.token ?? token, workspaces });
      return chooseWorkspace(workspaces, this.#warn, topic);
    } finally {
      if (this.#search === search) this.#search = undefined;
    }
  }

  /**
   * Returns the id to use after `error`, if `workspaceId` was a name. Throws
   * `QUIX_WORKSPACE_CHANGED` if a new token has access to other workspaces only, or else `error`.
   */
  async #chooseAnother(error: QuixError, call: PortalCall, workspaceId: string): Promise<string> {
    const reference = this.#reference?.idOrName === workspaceId ? this.#reference : undefined;
    if (!this.#confirmedToken) {
      const workspaces = reference && (await this.listWorkspaces(call));
      const { token } = call;
      if (!workspaces || !token) throw error;
      return resolveWorkspaceReference(reference, { token, workspaces }, error, this.#warn);
    }
    // A concurrent call may have resolved the name meanwhile.
    if (reference && this.#id !== undefined && this.#id !== workspaceId) return this.#id;
    if (!call.token || call.token.sameAs(this.#confirmedToken)) throw error;
    const workspaces = (await this.listWorkspaces(call)) ?? [];
    const hasAccess = workspaces.some((each) => each.workspaceId === this.#id);
    if (workspaces.length === 0 || hasAccess) throw error;
    throw this.#changedError(call.token, formatWorkspaceIds(workspaces), error);
  }

  #changedError(token: Token, workspaceIds: string, error?: QuixError): QuixError {
    return new QuixError(
      'QUIX_WORKSPACE_CHANGED',
      `The token from ${sourceInWords(token.source)} belongs to ${workspaceIds}, but this client is connected to ${this.#id ?? 'another workspace'}. Nothing was changed.`,
      {
        status: error?.status,
        correlationId: error?.correlationId,
        hint: 'Use a token of the same environment, or create a second client for the other environment.',
      },
    );
  }
}
