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
  /** Whether an exchange for this workspace has succeeded: from then on it must not change. */
  #isProven = false;

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
        if (status !== 401 && status !== 403) throw error;
        if (status === 401) tokens.rejected(token);
        const next = await tokens.next(tried, status, signal);
        if (!next) throw status === 401 ? rejectedError(error, tried) : error;
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
    try {
      const answer = await this.#portal.getBrokerSettings(workspaceId, inquiry);
      const settings = parseBrokerSettings(answer, workspaceId);
      this.#workspaceId = workspaceId;
      this.#isProven = true;
      return settings;
    } catch (error) {
      if (
        this.#isProven &&
        error instanceof QuixError &&
        (error.status === 403 || error.status === 404)
      ) {
        await this.#assertSameWorkspace(workspaceId, inquiry);
      }
      throw error;
    }
  }

  async #findWorkspace(inquiry: Inquiry): Promise<string> {
    return chooseWorkspace(await this.#portal.listWorkspaces(inquiry), this.#options.warn);
  }

  /** A token without a right to the workspace in use may belong to another one: then say so. */
  async #assertSameWorkspace(workspaceId: string, inquiry: Inquiry): Promise<void> {
    const visible = await this.#portal.listWorkspaces(inquiry).catch(() => []);
    if (visible.length === 0 || visible.some((each) => each.workspaceId === workspaceId)) return;
    throw new QuixError(
      'QUIX_WORKSPACE_CHANGED',
      `The token from ${inquiry.token.source} belongs to ${listWorkspaceIds(visible)}, but this client is connected to ${workspaceId}. Nothing was switched.`,
      {
        hint: 'Use a token of the same environment, or make a new client for the other one.',
      },
    );
  }
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
