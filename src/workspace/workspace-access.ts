import { QuixError } from '../errors.ts';
import {
  getWorkspaces,
  type PortalCall,
  type PortalRequest,
  type WorkspaceResponse,
} from '../portal/index.ts';
import type { Token } from '../token/index.ts';
import type { Warn } from '../warnings.ts';
import {
  chooseNamedWorkspace,
  chooseWorkspace,
  listWorkspaceIds,
  type NamedWorkspace,
} from './choose-workspace.ts';

/** A response about a workspace. */
export interface InWorkspace<T> {
  readonly workspaceId: string;
  readonly value: T;
}

/**
 * Sends requests about the workspace of one client. The first one finds out which workspace that
 * is.
 */
export class WorkspaceAccess {
  readonly #named: NamedWorkspace | undefined;
  readonly #warn: Warn;
  #id: string | undefined;
  /**
   * The token that the workspace was last reached with. From then on the workspace must not change.
   */
  #confirmedWith: Token | undefined;
  /** Shared by calls that look for the workspace at the same time with the same token. */
  #search: { readonly token: Token; readonly visible: Promise<WorkspaceResponse[]> } | undefined;

  constructor(named: NamedWorkspace | undefined, warn: Warn) {
    this.#named = named;
    this.#warn = warn;
    this.#id = named?.text;
  }

  /**
   * Sends a request about the workspace.
   *
   * @param request - Creates the request for a workspace id.
   * @param topic - Id of a topic, which may identify the workspace when none was named.
   */
  async send<T>(
    call: PortalCall,
    request: (workspaceId: string) => PortalRequest<T>,
    topic?: string,
  ): Promise<InWorkspace<T>> {
    let workspaceId = this.#id ?? (await this.#choose(call, topic));
    let value: T;
    try {
      value = await call.send(request(workspaceId));
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      workspaceId = await this.#chooseAnother(error, call, workspaceId);
      value = await call.send(request(workspaceId));
    }
    this.#confirm(workspaceId, call.token);
    return { workspaceId, value };
  }

  async #choose(call: PortalCall, topic: string | undefined): Promise<string> {
    const token = await call.loadToken();
    const search = this.#search?.token.sameAs(token)
      ? this.#search
      : { token, visible: call.send(getWorkspaces()) };
    this.#search = search;
    try {
      return chooseWorkspace(await search.visible, this.#warn, topic);
    } finally {
      if (this.#search === search) this.#search = undefined;
    }
  }

  /**
   * Returns another workspace id after the Portal did not accept `workspaceId`. The text with which
   * the user named the workspace may be its name instead of its id.
   */
  async #chooseAnother(error: QuixError, call: PortalCall, workspaceId: string): Promise<string> {
    const named = this.#named?.text === workspaceId ? this.#named : undefined;
    if (this.#confirmedWith) {
      // A concurrent call may have found the workspace with this name meanwhile.
      if (named && this.#id !== undefined && this.#id !== workspaceId) return this.#id;
      throw await this.#explain(error, call, this.#confirmedWith);
    }
    const visible = named && (await listVisible(call));
    if (!visible) throw error;
    return chooseNamedWorkspace(named, visible, error, this.#warn);
  }

  /** Returns a clearer error if a new token was refused because it belongs to another workspace. */
  async #explain(error: QuixError, call: PortalCall, confirmedWith: Token): Promise<QuixError> {
    if (!call.token || call.token.sameAs(confirmedWith)) return error;
    const visible = (await listVisible(call)) ?? [];
    const isVisible = visible.some(({ workspaceId }) => workspaceId === this.#id);
    if (visible.length === 0 || isVisible) return error;
    return this.#changedError(call.token, listWorkspaceIds(visible), error);
  }

  /** A successful response proves that the token belongs to the workspace. */
  #confirm(workspaceId: string, token: Token | undefined): void {
    if (!token) return;
    // A concurrent call with another token may have found another workspace meanwhile.
    if (this.#confirmedWith && this.#id !== workspaceId) {
      throw this.#changedError(token, workspaceId);
    }
    this.#id = workspaceId;
    this.#confirmedWith = token;
  }

  #changedError(token: Token, found: string, error?: QuixError): QuixError {
    return new QuixError(
      'QUIX_WORKSPACE_CHANGED',
      `The token from ${token.source} belongs to ${found}, but this client is connected to ${this.#id ?? 'another workspace'}. Nothing was changed.`,
      {
        status: error?.status,
        correlationId: error?.correlationId,
        hint: 'Use a token of the same environment, or create a second client for the other environment.',
      },
    );
  }
}

function isUnreachable(error: unknown): error is QuixError {
  return (
    error instanceof QuixError &&
    (error.code === 'QUIX_WORKSPACE_NOT_FOUND' || error.code === 'QUIX_FORBIDDEN')
  );
}

/**
 * Lists the workspaces for an error message, with one attempt. Returns `undefined` if that fails.
 */
async function listVisible(call: PortalCall): Promise<WorkspaceResponse[] | undefined> {
  try {
    return await call.send({ ...getWorkspaces(), noRetry: true });
  } catch {
    call.deadline.signal.throwIfAborted();
    return undefined;
  }
}
