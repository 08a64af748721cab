import { errorSummary, QuixError, remakeError } from '../errors.ts';
import { Deadline, deadlineError, Portal, type Inquiry } from '../portal/index.ts';
import type { TransportOptions } from '../portal/transport.ts';
import type { Token } from '../token/index.ts';
import type { Warn } from '../warnings.ts';
import { chooseWorkspace, listWorkspaceIds } from '../workspace/choose-workspace.ts';
import type { BrokerSettings } from './broker-credentials.ts';
import { parseBrokerSettings } from './broker-settings.ts';

/** Where the tokens of an exchange come from, and who hears of what became of them. */
export interface ExchangeTokens {
  /** The token to begin with. */
  first(signal: AbortSignal): Promise<Token>;
  /** Another one, after the Portal answered `status` to those tried; `undefined` when there is none. */
  next(tried: readonly Token[], status: number, signal: AbortSignal): Promise<Token | undefined>;
  rejected(token: Token): void;
}

/** What an exchange leads to. */
export interface ExchangeResult {
  readonly settings: BrokerSettings;
  /** The token that the Portal accepted. */
  readonly token: Token;
}

/** How an {@link Exchanger} is made. */
export interface ExchangerOptions extends TransportOptions {
  readonly timeoutMs: number;
  readonly workspaceId: string | undefined;
  readonly warn: Warn;
}

/** Two of an environment, and those before the last rotation. */
const MAX_KNOWN_TOKENS = 4;

/** Exchanges tokens for broker settings at one Portal. Remembers the workspace, and no secret. */
export class Exchanger {
  readonly #options: ExchangerOptions;
  readonly #portal: Portal;
  readonly #deadlines = new Set<Deadline>();
  /** The last tokens used, so that no message repeats one. */
  #known: readonly Token[] = [];
  #workspaceId: string | undefined;
  /** The token that the workspace was last reached with: from then on it must not change. */
  #provenWith: Token | undefined;

  constructor(options: ExchangerOptions) {
    this.#options = options;
    this.#workspaceId = options.workspaceId;
    this.#portal = new Portal(options);
  }

  async exchange(tokens: ExchangeTokens): Promise<ExchangeResult> {
    const { timeoutMs, portal } = this.#options;
    const deadline = new Deadline(timeoutMs, () => deadlineError(portal.host, timeoutMs));
    this.#deadlines.add(deadline);
    try {
      return await this.#tryTokens(tokens, deadline);
    } finally {
      deadline.clear();
      this.#deadlines.delete(deadline);
    }
  }

  async close(reason: QuixError): Promise<void> {
    for (const deadline of this.#deadlines) deadline.abort(reason);
    await this.#portal.close();
  }

  async #tryTokens(tokens: ExchangeTokens, deadline: Deadline): Promise<ExchangeResult> {
    const { signal } = deadline;
    let token = await tokens.first(signal);
    const tried: Token[] = [];
    for (;;) {
      tried.push(token);
      this.#remember(token);
      try {
        const inquiry = { token, deadline, known: this.#known };
        return { settings: await this.#fetchSettings(inquiry), token };
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

  async #fetchSettings(inquiry: Inquiry): Promise<BrokerSettings> {
    const workspaceId = this.#workspaceId ?? (await this.#findWorkspace(inquiry));
    const answer = await this.#portal.getBrokerSettings(workspaceId, inquiry);
    const settings = parseBrokerSettings(answer, workspaceId);
    // Another exchange, begun with another token, may have found another workspace meanwhile.
    if (this.#provenWith && this.#workspaceId !== workspaceId) {
      throw changedError(inquiry.token, workspaceId, this.#workspaceId);
    }
    this.#workspaceId = workspaceId;
    this.#provenWith = inquiry.token;
    return settings;
  }

  async #findWorkspace(inquiry: Inquiry): Promise<string> {
    return chooseWorkspace(await this.#portal.listWorkspaces(inquiry), this.#options.warn);
  }

  /**
   * Another token than the one that reached the workspace, and it has no right to it: if it belongs
   * to another workspace, that is the better thing to say. Asked once; no answer changes nothing.
   */
  async #finalError(error: QuixError, inquiry: Inquiry): Promise<QuixError> {
    const { status } = error;
    const isOther = this.#provenWith && !inquiry.token.sameAs(this.#provenWith);
    if (!isOther || (status !== 403 && status !== 404)) return error;
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
  return remakeError(error, {
    summary: `${errorSummary(error)} Tried: the token from ${names}.${expired.join('')} It is wrong, expired or deactivated: rotating the tokens of an environment deactivates Token 1, and Token 2 takes its place.`,
    hint: `Copy the current token from the environment's settings in Quix to that source; a variable of a running process needs a restart. fallbackToken, tokenFile, a provider or rotateToken() do without one.${id}`,
  });
}
