import { QuixError } from '../errors.ts';
import { ownProperties } from '../own-properties.ts';
import type { QuixWarning, QuixWarningCode, Warn } from '../warnings.ts';
import type { Token } from './token.ts';
import { FALLBACK_SOURCE, type TokenChain } from './token-chain.ts';
import { sourceInWords, type TokenSource } from './token-source.ts';

/** Two days, as in the former C# client of Quix. */
const EXPIRY_WARNING_MS = 2 * 24 * 60 * 60 * 1000;

/** Limit for remembered tokens, as a token function may return a new token each time. */
const MAX_REJECTED_TOKENS = 4;

/** When to warn about the expiry of a token. */
export interface TokenWarningOptions {
  /** A token that expires within this many milliseconds causes a warning. Default: two days. */
  readonly expiryWithinMs?: number | undefined;
}

/**
 * Returns warnings about the validity period in the claims of a token. Such a token is sent anyway,
 * because the clock of this machine may be wrong.
 */
export function tokenWarnings(
  token: Token,
  options: TokenWarningOptions | false = {},
  now = Date.now(),
): QuixWarning[] {
  if (options === false) return [];
  const { expiryWithinMs = EXPIRY_WARNING_MS } = ownProperties(options);
  const { source, expiresAt, notBefore } = token;
  const warnings: QuixWarning[] = [];
  const add = (code: QuixWarningCode, problem: string): void => {
    const message = `The token from ${sourceInWords(source)} ${problem}`;
    warnings.push({ code, about: source, message });
  };
  if (notBefore && notBefore.getTime() > now) {
    add(
      'TOKEN_NOT_YET_VALID',
      `is not valid before ${notBefore.toISOString()}. It is sent anyway. Check the clock of this machine.`,
    );
  }
  if (!expiresAt) return warnings;
  const leftMs = expiresAt.getTime() - now;
  const expiry = expiresAt.toISOString();
  if (leftMs <= 0) {
    add(
      'TOKEN_EXPIRED',
      `expired at ${expiry}. It is sent anyway. Create a new token, or use a streaming token, which does not expire.`,
    );
  } else if (leftMs <= expiryWithinMs) {
    add(
      'TOKEN_EXPIRES_SOON',
      `expires at ${expiry}. Replace it before then, or use a streaming token, which does not expire.`,
    );
  }
  return warnings;
}

/** Chooses the token that a Portal call starts with, and the next one after a rejection. */
export class TokenSelector {
  readonly #chain: TokenChain;
  readonly #warn: Warn;
  readonly #warningOptions: TokenWarningOptions | false | undefined;
  /** Whether the Portal last accepted the fallback. Calls then start with the fallback. */
  #prefersFallback = false;
  /** The last tokens that were rejected and have not been accepted since. */
  #rejected: readonly Token[] = [];

  constructor(chain: TokenChain, warn: Warn, warningOptions?: TokenWarningOptions | false) {
    this.#chain = chain;
    this.#warn = warn;
    this.#warningOptions = warningOptions;
  }

  /** Reads the token that a call starts with. */
  async readFirst(signal: AbortSignal): Promise<Token> {
    const fallback = this.#prefersFallback ? await this.#readFallback(signal) : undefined;
    if (fallback) return fallback;
    return this.#checkExpiry(await this.#chain.read(signal, this.#warn));
  }

  /**
   * Reads the token for a request outside of Portal calls. This is the last accepted token while its
   * source still has it, or else the token that a Portal call starts with. Instead of a token that
   * was rejected, returns another one, if there is one.
   */
  async readCurrent(accepted: Token | undefined, signal: AbortSignal): Promise<Token> {
    const isRejected = (token: Token): boolean => this.#rejected.some((each) => each.sameAs(token));
    const first = await this.readFirst(signal);
    if (accepted && accepted.source !== first.source && !isRejected(accepted)) {
      const source = this.#chain.sources.find(({ name }) => name === accepted.source);
      const again = await this.#tryToRead(() => source?.read(signal, this.#warn), signal);
      if (again && accepted.sameAs(again)) return again;
    }
    if (!isRejected(first)) return first;
    const other =
      first.source === FALLBACK_SOURCE
        ? await this.#tryToRead(() => this.#chain.read(signal, this.#warn), signal)
        : await this.#readFallback(signal);
    return other && !isRejected(other) ? other : first;
  }

  /** Reads the source of a token that was passed to `rotateToken()`. */
  async readSource(source: TokenSource, signal: AbortSignal): Promise<Token> {
    const token = await source.read(signal, this.#warn);
    if (!token) {
      throw new QuixError('QUIX_TOKEN_INVALID', 'The token passed to rotateToken() is blank.', {
        hint: 'Pass the new token.',
      });
    }
    return this.#checkExpiry(token);
  }

  /**
   * Reads another token after the Portal answered 401 or 403. A source may have changed, so the
   * sources are read again first. After a 401, the fallback is next. A call gets at most one other
   * token from the sources and one from the fallback, because a function may create a new token
   * each time. Returns `undefined` if there is no other token to try.
   */
  async readNext(
    tried: readonly Token[],
    status: number,
    signal: AbortSignal,
  ): Promise<Token | undefined> {
    const current = tried.at(-1);
    if (status === 401 && current) this.reject(current);
    const isNew = (token: Token | undefined): token is Token =>
      token !== undefined && !tried.some((each) => each.sameAs(token));
    if (tried.length === 1) {
      // If a source fails, the fallback is tried, or the Portal's error is reported.
      const again = await this.#tryToRead(() => this.#chain.read(signal, this.#warn), signal);
      if (isNew(again)) return this.#checkExpiry(again);
    }
    const hadFallback = tried.some(({ source }) => source === FALLBACK_SOURCE);
    if (status !== 401 || hadFallback) return undefined;
    const fallback = await this.#readFallback(signal);
    return isNew(fallback) ? fallback : undefined;
  }

  /** Records a token that was rejected with status 401. */
  reject(token: Token): void {
    const others = this.#rejected.filter((each) => !each.sameAs(token));
    this.#rejected = [token, ...others].slice(0, MAX_REJECTED_TOKENS);
  }

  /** Records the accepted token. A given source replaces all sources except the fallback. */
  accept(token: Token, source?: TokenSource): void {
    if (source) this.#chain.replace(source);
    this.#prefersFallback = token.source === FALLBACK_SOURCE;
    if (this.#rejected.length === 0) return;
    this.#rejected = this.#rejected.filter((each) => !each.sameAs(token));
  }

  /** Returns `undefined` if a source fails. */
  async #tryToRead(
    read: () => Token | undefined | Promise<Token | undefined>,
    signal: AbortSignal,
  ): Promise<Token | undefined> {
    try {
      return await read();
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }

  /** Reads the fallback. If this fails, emits a warning and returns `undefined`. */
  async #readFallback(signal: AbortSignal): Promise<Token | undefined> {
    try {
      const token = await this.#chain.readFallback(signal, this.#warn);
      return token && this.#checkExpiry(token);
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof QuixError ? ` ${error.message}` : '';
      const message = `The fallbackToken could not be read.${reason}`;
      this.#warn({ code: 'TOKEN_FALLBACK_FAILED', about: FALLBACK_SOURCE, message });
      return undefined;
    }
  }

  /** Returns the token, after warnings about its validity period. */
  #checkExpiry(token: Token): Token {
    for (const warning of tokenWarnings(token, this.#warningOptions)) this.#warn(warning);
    return token;
  }
}
