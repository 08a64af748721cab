import { QuixError } from '../errors.ts';
import type { Warn } from '../warnings.ts';
import { fileSource } from './file-source.ts';
import { valueSource, type TokenProvider } from './provider-source.ts';
import type { Token, TokenDescription } from './token.ts';
import { variableSource, type Environment, type TokenSource } from './token-source.ts';

/** The variable that Quix sets in each deployment. It contains Token 1 of the environment. */
const TOKEN_VARIABLE = 'Quix__Sdk__Token';

/** Name of the source of the second token. */
export const FALLBACK = 'fallbackToken';

/** Options that name token sources. */
export interface TokenChainOptions {
  readonly token?: string | TokenProvider | undefined;
  readonly tokenFile?: string | undefined;
  readonly tokenEnvVar?: string | undefined;
  readonly fallbackToken?: string | TokenProvider | undefined;
}

/** Makes names equal that people confuse, such as `Quix__Sdk__Token` and `QUIX_SDK_TOKEN`. */
const simplify = (name: string): string => name.toLowerCase().replaceAll('_', '');

/**
 * The token sources of one client in their order: argument, file, chosen variable, default
 * variable. Keeps no token of a variable, file or function: each {@link TokenChain.read} reads the
 * sources again.
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
      this.#sources.push(valueSource(token, typeof token === 'function' ? 'provider' : 'argument'));
    if (tokenFile !== undefined) this.#sources.push(fileSource(tokenFile));
    if (tokenEnvVar !== undefined) this.#sources.push(variableSource(tokenEnvVar, env));
    if (tokenEnvVar !== TOKEN_VARIABLE) this.#sources.push(variableSource(TOKEN_VARIABLE, env));
    if (fallbackToken !== undefined) this.#fallback = valueSource(fallbackToken, FALLBACK);
  }

  /** The sources in the order in which they are read. */
  get sources(): readonly TokenSource[] {
    return this.#sources;
  }

  /**
   * Checks everything that can be checked without I/O.
   *
   * @throws QuixError `QUIX_TOKEN_MISSING`, `QUIX_TOKEN_INVALID`
   */
  assertConfigured(): void {
    this.#fallback?.peek();
    for (const source of this.#sources) {
      if (source.peek().absent === undefined) return;
    }
    throw this.#missingError();
  }

  /** Describes the token that would be read first, as far as that is known without I/O. */
  describe(): TokenDescription | { readonly source: string } {
    for (const source of this.#sources) {
      try {
        const { token, absent } = source.peek();
        if (absent === undefined) return token?.describe() ?? { source: source.name };
      } catch {
        return { source: source.name }; // the variable was changed to a text that is not a token
      }
    }
    return { source: TOKEN_VARIABLE };
  }

  /** Reads the first source that has a token. */
  async read(signal: AbortSignal, warn: Warn): Promise<Token> {
    for (const source of this.#sources) {
      const token = await source.read(signal, warn);
      if (!token) continue;
      if (source.name === TOKEN_VARIABLE) this.#warnIfDefault(warn);
      return token;
    }
    throw this.#missingError();
  }

  /** Reads the second token, if there is one. */
  async readFallback(signal: AbortSignal, warn: Warn): Promise<Token | undefined> {
    return await this.#fallback?.read(signal, warn);
  }

  /** Replaces all sources by one whose token the Portal accepted. */
  replace(source: TokenSource): void {
    this.#sources = [source];
  }

  #warnIfDefault(warn: Warn): void {
    const chosen = this.#chosenVariable;
    if (chosen === undefined || chosen === TOKEN_VARIABLE) return;
    warn({
      code: 'TOKEN_VARIABLE_UNSET',
      about: chosen,
      message: `The variable ${chosen} has no token, so ${TOKEN_VARIABLE} is used. Set ${chosen}, or remove tokenEnvVar.`,
    });
  }

  #missingError(): QuixError {
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
    const misspelled = Object.keys(env).flatMap((key) => {
      const intended = [...names].find((name) => simplify(name) === simplify(key));
      return intended === undefined || names.has(key) || !env[key]?.trim()
        ? []
        : ` ${key} is set, but names of variables are case-sensitive. Rename it to ${intended}.`;
    });
    return new QuixError(
      'QUIX_TOKEN_MISSING',
      `No Quix token was found. Places checked: ${places.join(', ')}.${misspelled.join('')}`,
      {
        hint: `Set ${TOKEN_VARIABLE} to the streaming token of your Quix environment, or pass the token as the first argument.`,
      },
    );
  }
}
