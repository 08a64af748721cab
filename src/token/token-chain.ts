import { QuixError } from '../errors.ts';
import type { Warn } from '../warnings.ts';
import type { Token, TokenDescription } from './token.ts';
import type { Environment, TokenProvider, TokenSource } from './token-source.ts';
import { fileSource, givenSource, variableSource } from './token-source.ts';

/** The variable that Quix itself sets: it holds Token 1 of the environment. */
const TOKEN_VARIABLE = 'Quix__Sdk__Token';

/** Name of the source of the second token. */
export const FALLBACK = 'fallbackToken';

/** Where to look for a token. */
export interface TokenChainOptions {
  readonly token?: string | TokenProvider | undefined;
  readonly tokenFile?: string | undefined;
  readonly tokenEnvVar?: string | undefined;
  readonly fallbackToken?: string | TokenProvider | undefined;
}

/** `Quix__Sdk__Token` and `QUIX_SDK_TOKEN` are the same word, to people. */
const simplify = (name: string): string => name.toLowerCase().replaceAll('_', '');

/**
 * The sources of one client in their order: argument, file, chosen variable, default variable.
 * Holds no token of a variable, file or provider: each {@link TokenChain.read} asks anew.
 */
export class TokenChain {
  readonly #env: () => Environment;
  readonly #chosenVariable: string | undefined;
  #sources: TokenSource[];
  #fallback: TokenSource | undefined;

  constructor(options: TokenChainOptions, env: () => Environment) {
    const { token, tokenFile, tokenEnvVar, fallbackToken } = options;
    this.#env = env;
    this.#chosenVariable = tokenEnvVar;
    this.#sources = [];
    if (token !== undefined)
      this.#sources.push(givenSource(token, typeof token === 'function' ? 'provider' : 'argument'));
    if (tokenFile !== undefined) this.#sources.push(fileSource(tokenFile));
    if (tokenEnvVar !== undefined) this.#sources.push(variableSource(tokenEnvVar, env));
    if (tokenEnvVar !== TOKEN_VARIABLE) this.#sources.push(variableSource(TOKEN_VARIABLE, env));
    if (fallbackToken !== undefined) {
      this.#fallback = givenSource(fallbackToken, FALLBACK);
    }
  }

  /** In the order in which they are asked. */
  get sources(): readonly TokenSource[] {
    return this.#sources;
  }

  /**
   * Checks what can be checked without I/O.
   *
   * @throws QuixError `QUIX_TOKEN_MISSING`, `QUIX_TOKEN_INVALID`
   */
  assertConfigured(): void {
    this.#fallback?.peek();
    for (const source of this.#sources) {
      if (source.peek().absent === undefined) return;
    }
    throw this.#missing();
  }

  /** The token that would be used first, as far as that can be said without I/O. */
  describe(): TokenDescription | { readonly source: string } {
    for (const source of this.#sources) {
      try {
        const { token, absent } = source.peek();
        if (absent === undefined) return token?.describe() ?? { source: source.name };
      } catch {
        return { source: source.name }; // a variable was changed to something that is no token
      }
    }
    return { source: TOKEN_VARIABLE };
  }

  async read(signal: AbortSignal, warn: Warn): Promise<Token> {
    for (const source of this.#sources) {
      const token = await source.read(signal, warn);
      if (!token) continue;
      if (
        source.name === TOKEN_VARIABLE &&
        this.#chosenVariable !== undefined &&
        this.#chosenVariable !== TOKEN_VARIABLE
      ) {
        warn({
          code: 'TOKEN_VARIABLE_UNSET',
          about: this.#chosenVariable,
          message: `The variable ${this.#chosenVariable} has no token, so ${TOKEN_VARIABLE} is used. Set ${this.#chosenVariable}, or leave out tokenEnvVar.`,
        });
      }
      return token;
    }
    throw this.#missing();
  }

  /** The token to try when the first one is rejected, if there is one. */
  async readFallback(signal: AbortSignal, warn: Warn): Promise<Token | undefined> {
    return await this.#fallback?.read(signal, warn);
  }

  /** Puts a source whose token was proven to work in the place of all others. */
  replace(source: TokenSource): void {
    this.#sources = [source];
  }

  #missing(): QuixError {
    const env = this.#env();
    const names = new Set<string>();
    const places = this.#sources.map((source) => {
      const absent = source.peek().absent ?? 'not given';
      if (source.name === 'argument') return 'the token argument (blank)';
      names.add(source.name);
      return `the environment variable ${source.name} (${absent})`;
    });
    const argument = places[0]?.startsWith('the token argument')
      ? places.shift()
      : 'the token argument (not given)';
    places.unshift(`${argument ?? ''}, tokenFile (not given)`);
    const nearMisses = Object.keys(env).flatMap((key) => {
      const meant = [...names].find((name) => simplify(name) === simplify(key));
      return meant === undefined || names.has(key) || !env[key]?.trim()
        ? []
        : `${key} is set, but names of variables are case-sensitive: rename it to ${meant}. `;
    });
    return new QuixError(
      'QUIX_TOKEN_MISSING',
      `No Quix token found. Looked at: ${places.join(', ')}.`,
      {
        hint: `${nearMisses.join('')}Set ${TOKEN_VARIABLE} to the streaming token of your Quix environment, or pass the token as the first argument.`,
      },
    );
  }
}
