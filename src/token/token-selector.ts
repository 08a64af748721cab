import { QuixError } from '../errors.ts';
import type { Warn } from '../warnings.ts';
import type { Token } from './token.ts';
import { FALLBACK, type TokenChain } from './token-chain.ts';
import type { TokenSource } from './token-source.ts';
import { tokenWarnings, type TokenWarningOptions } from './token-warnings.ts';

/** Chooses the token that a Portal call starts with, and the next one after a rejection. */
export class TokenSelector {
  readonly #chain: TokenChain;
  readonly #warn: Warn;
  readonly #warnings: TokenWarningOptions | false | undefined;
  /** A fallback that worked stays first: the Portal rejected the other token. */
  #prefersFallback = false;

  constructor(chain: TokenChain, warn: Warn, warnings?: TokenWarningOptions | false) {
    this.#chain = chain;
    this.#warn = warn;
    this.#warnings = warnings;
  }

  /** Reads the token to start with. */
  async first(signal: AbortSignal): Promise<Token> {
    const fallback = this.#prefersFallback ? await this.#readFallback(signal) : undefined;
    return fallback ?? this.#checkExpiry(await this.#chain.read(signal, this.#warn));
  }

  /** Reads a source that `rotateToken()` was called with. */
  async only(source: TokenSource, signal: AbortSignal): Promise<Token> {
    const token = await source.read(signal, this.#warn);
    if (token) return token;
    throw new QuixError('QUIX_TOKEN_INVALID', 'The token passed to rotateToken() is blank.', {
      hint: 'Pass the new token.',
    });
  }

  /**
   * Reads another token after the Portal answered 401 or 403: the sources again, because one may
   * have changed meanwhile, and after 401 the fallback. Never returns a token that was tried
   * before, and at most three tokens are tried in all, because a function may create a new token
   * for each call.
   */
  async next(
    tried: readonly Token[],
    status: number,
    signal: AbortSignal,
  ): Promise<Token | undefined> {
    const isNew = (token: Token | undefined): token is Token =>
      token !== undefined && !tried.some((each) => each.sameAs(token));
    const again = tried.length === 1 ? await this.#readAgain(signal) : undefined;
    if (isNew(again)) return this.#checkExpiry(again);
    const hadFallback = tried.some(({ source }) => source === FALLBACK);
    if (status !== 401 || hadFallback) return undefined;
    const fallback = await this.#readFallback(signal);
    return isNew(fallback) ? fallback : undefined;
  }

  /** Remembers a token that the Portal accepted. `source` then replaces all other sources. */
  accept(token: Token, source?: TokenSource): void {
    if (source) this.#chain.replace(source);
    this.#prefersFallback = token.source === FALLBACK;
  }

  /** A source that fails here must not hide the Portal's response to its previous token. */
  async #readAgain(signal: AbortSignal): Promise<Token | undefined> {
    try {
      return await this.#chain.read(signal, this.#warn);
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }

  /** If the fallback cannot be read, the Portal's original 401 is kept. */
  async #readFallback(signal: AbortSignal): Promise<Token | undefined> {
    try {
      const token = await this.#chain.readFallback(signal, this.#warn);
      return token && this.#checkExpiry(token);
    } catch (error) {
      signal.throwIfAborted();
      const problem = error instanceof QuixError ? error.message : 'It failed.';
      this.#warn({
        code: 'TOKEN_FALLBACK_FAILED',
        about: FALLBACK,
        message: `The fallbackToken could not be read. ${problem}`,
      });
      return undefined;
    }
  }

  #checkExpiry(token: Token): Token {
    for (const warning of tokenWarnings(token, this.#warnings)) this.#warn(warning);
    return token;
  }
}
