import { QuixError } from '../errors.ts';
import type { Warn } from '../warnings.ts';
import type { Token } from './token.ts';
import { FALLBACK, type TokenChain } from './token-chain.ts';
import { tokenWarnings, type TokenWarningOptions } from './token-warnings.ts';

/** Decides which token an exchange begins with, and which one it goes on with after a rejection. */
export class TokenSelector {
  readonly #chain: TokenChain;
  readonly #warn: Warn;
  readonly #warnings: TokenWarningOptions | false | undefined;
  /** The fallback is kept while it works: the first token is known to be dead. */
  #prefersFallback = false;

  constructor(chain: TokenChain, warn: Warn, warnings?: TokenWarningOptions | false) {
    this.#chain = chain;
    this.#warn = warn;
    this.#warnings = warnings;
  }

  async first(signal: AbortSignal): Promise<Token> {
    const fallback = this.#prefersFallback ? await this.#tryFallback(signal) : undefined;
    return fallback ?? this.#inspect(await this.#chain.read(signal, this.#warn));
  }

  /**
   * After 401 or 403: the sources once again, as one may have changed meanwhile; after 401 also the
   * fallback. Never a token that was tried already, and at most three in all: a function that makes
   * a new token for each call would go on for ever.
   */
  async next(
    tried: readonly Token[],
    status: number,
    signal: AbortSignal,
  ): Promise<Token | undefined> {
    const isNew = (token: Token | undefined): token is Token =>
      token !== undefined && !tried.some((each) => each.sameAs(token));
    const again = tried.length === 1 ? await this.#readAgain(signal) : undefined;
    if (isNew(again)) return this.#inspect(again);
    const hadFallback = tried.some(({ source }) => source === FALLBACK);
    if (status !== 401 || hadFallback) return undefined;
    const fallback = await this.#tryFallback(signal);
    return isNew(fallback) ? fallback : undefined;
  }

  accepted(token: Token): void {
    this.#prefersFallback = token.source === FALLBACK;
  }

  /** A source that fails now does not hide the answer that the Portal gave to its last token. */
  async #readAgain(signal: AbortSignal): Promise<Token | undefined> {
    try {
      return await this.#chain.read(signal, this.#warn);
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }

  /** One that cannot be read is no reason to forget what the Portal said of the first. */
  async #tryFallback(signal: AbortSignal): Promise<Token | undefined> {
    try {
      const token = await this.#chain.readFallback(signal, this.#warn);
      return token && this.#inspect(token);
    } catch (error) {
      signal.throwIfAborted();
      const problem = error instanceof QuixError ? error.message : 'it failed';
      this.#warn({
        code: 'TOKEN_FALLBACK_FAILED',
        about: FALLBACK,
        message: `The fallbackToken could not be tried: ${problem}`,
      });
      return undefined;
    }
  }

  #inspect(token: Token): Token {
    for (const warning of tokenWarnings(token, this.#warnings)) this.#warn(warning);
    return token;
  }
}
