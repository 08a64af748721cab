import type { Warn } from '../warnings.ts';
import type { Token } from './token.ts';
import type { TokenChain } from './token-chain.ts';
import { tokenWarnings } from './token-warnings.ts';

/** Decides which token an exchange begins with, and which one it goes on with after a rejection. */
export class TokenSelector {
  readonly #chain: TokenChain;
  readonly #warn: Warn;
  /** The fallback is kept while it works: the first token is known to be dead. */
  #prefersFallback = false;

  constructor(chain: TokenChain, warn: Warn) {
    this.#chain = chain;
    this.#warn = warn;
  }

  async first(signal: AbortSignal): Promise<Token> {
    const fallback = this.#prefersFallback ? await this.#readFallback(signal) : undefined;
    return fallback ?? this.#inspect(await this.#chain.read(signal, this.#warn));
  }

  /**
   * After 401 or 403: the sources again, as one may have changed meanwhile; after 401 also the
   * fallback. Never a token that was tried already.
   */
  async next(
    tried: readonly Token[],
    status: number,
    signal: AbortSignal,
  ): Promise<Token | undefined> {
    const isNew = (token: Token | undefined): token is Token =>
      token !== undefined && !tried.some((each) => each.sameAs(token));
    const again = await this.#readAgain(signal);
    if (isNew(again)) return this.#inspect(again);
    if (status !== 401) return undefined;
    const fallback = await this.#readFallback(signal);
    return isNew(fallback) ? fallback : undefined;
  }

  accepted(token: Token): void {
    this.#prefersFallback = token.source === 'fallbackToken';
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

  async #readFallback(signal: AbortSignal): Promise<Token | undefined> {
    const token = await this.#chain.readFallback(signal, this.#warn);
    return token && this.#inspect(token);
  }

  #inspect(token: Token): Token {
    for (const warning of tokenWarnings(token)) this.#warn(warning);
    return token;
  }
}
