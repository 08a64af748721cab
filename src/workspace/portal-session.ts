import { QuixError } from '../errors.ts';
import {
  Deadline,
  deadlineError,
  Portal,
  type Inquiry,
  type PortalOptions,
  type WorkspaceAnswer,
} from '../portal/index.ts';
import type { Token } from '../token/index.ts';
import type { Warn } from '../warnings.ts';
import { chooseWorkspace, listWorkspaceIds } from './choose-workspace.ts';
import type { GivenWorkspace } from './reconsider-workspace.ts';

/** Where the tokens for a question come from, and who hears of what became of them. */
export interface QuestionTokens {
  /** The token to begin with. */
  first(signal: AbortSignal): Promise<Token>;
  /** Another one, after the Portal answered `status` to those tried; `undefined` when there is none. */
  next(tried: readonly Token[], status: number, signal: AbortSignal): Promise<Token | undefined>;
  rejected(token: Token): void;
}

/** Asks the Portal something, once it is known for whom. */
export type Question<T> = (portal: Portal, inquiry: Inquiry) => Promise<T>;

/** Asks the Portal something about the workspace at hand. */
export type WorkspaceQuestion<T> = (
  portal: Portal,
  inquiry: Inquiry,
  workspaceId: string,
) => Promise<T>;

/** What came of a question. */
export interface Answer<T> {
  readonly value: T;
  /** The token that the Portal accepted. */
  readonly token: Token;
}

/** What a question may differ in. */
export interface QuestionOptions {
  /** A topic whose id may tell the workspace where none was given. */
  readonly topic?: string | undefined;
  /** Milliseconds for all of it. Default: that of the session. */
  readonly timeoutMs?: number | undefined;
}

/** How a {@link PortalSession} is made. */
export interface PortalSessionOptions extends PortalOptions {
  readonly timeoutMs: number;
  readonly workspace: GivenWorkspace | undefined;
  readonly warn: Warn;
}

/** Two of an environment, and those before the last rotation. */
const MAX_KNOWN_TOKENS = 4;

/**
 * Asks one Portal on behalf of one client: finds a token that it accepts, and the workspace. Remembers
 * the workspace, and no secret.
 */
export class PortalSession {
  readonly #options: PortalSessionOptions;
  readonly #portal: Portal;
  readonly #deadlines = new Set<Deadline>();
  /** The last tokens used, so that no message repeats one. */
  #known: readonly Token[] = [];
  #workspaceId: string | undefined;
  /** The token that the workspace was last reached with: from then on it must not change. */
  #provenWith: Token | undefined;
  /** Questions that begin together look for the workspace together. */
  #search: { readonly token: Token; readonly visible: Promise<WorkspaceAnswer[]> } | undefined;

  constructor(options: PortalSessionOptions) {
    this.#options = options;
    this.#workspaceId = options.workspace?.text;
    this.#portal = new Portal(options);
  }

  /** A question that is not about a workspace. */
  async ask<T>(
    tokens: QuestionTokens,
    question: Question<T>,
    { timeoutMs = this.#options.timeoutMs }: QuestionOptions = {},
  ): Promise<Answer<T>> {
    const { host } = this.#options.portal;
    const deadline = new Deadline(timeoutMs, () => deadlineError(host, timeoutMs));
    this.#deadlines.add(deadline);
    try {
      return await this.#tryTokens(tokens, deadline, question);
    } finally {
      deadline.clear();
      this.#deadlines.delete(deadline);
    }
  }

  /** A question about the workspace of this client, which the first one of them finds. */
  async askInWorkspace<T>(
    tokens: QuestionTokens,
    question: WorkspaceQuestion<T>,
    options: QuestionOptions = {},
  ): Promise<Answer<T>> {
    return await this.ask(
      tokens,
      async (portal, inquiry) => {
        const ask = async (workspaceId: string): Promise<T> => {
          const value = await question(portal, inquiry, workspaceId);
          this.#settle(workspaceId, inquiry.token);
          return value;
        };
        const workspaceId = await this.#findWorkspace(inquiry, options.topic);
        try {
          return await ask(workspaceId);
        } catch (error) {
          return await ask(await this.#reconsider(error, workspaceId, inquiry));
        }
      },
      options,
    );
  }

  /** HTTP requests sent so far. */
  get requests(): number {
    return this.#portal.requests;
  }

  async close(reason: QuixError): Promise<void> {
    for (const deadline of this.#deadlines) deadline.abort(reason);
    await this.#portal.close();
  }

  async #tryTokens<T>(
    tokens: QuestionTokens,
    deadline: Deadline,
    question: Question<T>,
  ): Promise<Answer<T>> {
    const { signal } = deadline;
    let token = await tokens.first(signal);
    const tried: Token[] = [];
    for (;;) {
      tried.push(token);
      this.#remember(token);
      try {
        const inquiry = { token, deadline, known: this.#known };
        return { value: await question(this.#portal, inquiry), token };
      } catch (error) {
        if (!(error instanceof QuixError)) throw error;
        const { status } = error;
        if (status === 401) tokens.rejected(token);
        const mayTryAnother = status === 401 || status === 403;
        const next = mayTryAnother ? await tokens.next(tried, status, signal) : undefined;
        if (!next)
          throw status === 401
            ? rejectedError(error, tried)
            : await this.#finalError(error, { token, deadline });
        token = next;
      }
    }
  }

  #remember(token: Token): void {
    if (this.#known.some((each) => each.sameAs(token))) return;
    this.#known = [token, ...this.#known].slice(0, MAX_KNOWN_TOKENS);
  }

  /** An answer proves that the workspace is the token's. */
  #settle(workspaceId: string, token: Token): void {
    // Another question, begun with another token, may have found another workspace meanwhile.
    if (this.#provenWith && this.#workspaceId !== workspaceId) {
      throw changedError(token, workspaceId, this.#workspaceId);
    }
    this.#workspaceId = workspaceId;
    this.#provenWith = token;
  }

  async #findWorkspace(inquiry: Inquiry, topic: string | undefined): Promise<string> {
    if (this.#workspaceId !== undefined) return this.#workspaceId;
    const current = this.#search;
    const search = current?.token.sameAs(inquiry.token)
      ? current
      : { token: inquiry.token, visible: this.#portal.listWorkspaces(inquiry) };
    this.#search = search;
    try {
      return chooseWorkspace(await search.visible, this.#options.warn, topic);
    } finally {
      if (this.#search === search) this.#search = undefined;
    }
  }

  /**
   * A workspace was given that the Portal does not know or does not let the token into: what was given
   * may be its name. Only before anything was reached: later the workspace stays.
   *
   * @throws the error itself, or a better one
   */
  async #reconsider(error: unknown, workspaceId: string, inquiry: Inquiry): Promise<string> {
    const { workspace, warn } = this.#options;
    const isUnreachable =
      error instanceof QuixError &&
      (error.code === 'QUIX_WORKSPACE_NOT_FOUND' || error.code === 'QUIX_FORBIDDEN');
    if (!isUnreachable || this.#provenWith || workspace?.text !== workspaceId) throw error;
    const visible = await this.#portal.listWorkspaces({ ...inquiry, once: true }).catch(() => {
      throw error;
    });
    const { reconsiderWorkspace } = await import('./reconsider-workspace.ts');
    return reconsiderWorkspace(workspace, visible, error, warn);
  }

  /**
   * Another token than the one that reached the workspace, and it has no right to it: if it belongs
   * to another workspace, that is the better thing to say. Asked once; no answer changes nothing.
   */
  async #finalError(error: QuixError, inquiry: Inquiry): Promise<QuixError> {
    const { code } = error;
    const isOther = this.#provenWith && !inquiry.token.sameAs(this.#provenWith);
    if (!isOther || (code !== 'QUIX_FORBIDDEN' && code !== 'QUIX_WORKSPACE_NOT_FOUND'))
      return error;
    const visible = await this.#portal.listWorkspaces({ ...inquiry, once: true }).catch(() => []);
    const isVisible = visible.some(({ workspaceId }) => workspaceId === this.#workspaceId);
    if (visible.length === 0 || isVisible) return error;
    return changedError(inquiry.token, listWorkspaceIds(visible), this.#workspaceId, error);
  }
}

function changedError(
  token: Token,
  found: string,
  current: string | undefined,
  error?: QuixError,
): QuixError {
  return new QuixError(
    'QUIX_WORKSPACE_CHANGED',
    `The token from ${token.source} belongs to ${found}, but this client is connected to ${current ?? 'another workspace'}. Nothing was switched.`,
    {
      status: error?.status,
      correlationId: error?.correlationId,
      hint: 'Use a token of the same environment, or make a new client for the other one.',
    },
  );
}

/** The advice that a rotated-away token calls for. */
function rejectedError(error: QuixError, tried: readonly Token[]): QuixError {
  const names = [...new Set(tried.map(({ source }) => source))].join(', then ');
  const expired = tried
    .filter(({ expiresAt }) => expiresAt && expiresAt.getTime() < Date.now())
    .map(
      ({ source, expiresAt }) =>
        ` The token from ${source} expired at ${expiresAt?.toISOString() ?? ''}.`,
    );
  const id =
    error.correlationId === undefined
      ? ''
      : ` Quote the correlation id ${error.correlationId} to Quix.`;
  return error.copy({
    summary: `${error.summary} Tried: the token from ${names}.${expired.join('')} It is wrong, expired or deactivated: rotating the tokens of an environment deactivates Token 1, and Token 2 takes its place.`,
    hint: `Copy the current token from the environment's settings in Quix to that source; a variable of a running process needs a restart. fallbackToken, tokenFile, a provider or rotateToken() do without one.${id}`,
  });
}
