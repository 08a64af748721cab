import { QuixError } from '../errors.ts';
import type { Warn } from '../warnings.ts';
import { fileSource, VariableFileSource } from './file-source.ts';
import { ReentryGuard } from './reentry-guard.ts';
import type { Token, TokenDescription } from './token.ts';
import { fileVariable, sourceInWords, valueSource, variableSource } from './token-source.ts';
import type { Environment, TokenProvider, TokenSource } from './token-source.ts';

/** The variable that Quix sets in each deployment. It contains Token 1 of the environment. */
const TOKEN_VARIABLE = 'Quix__Sdk__Token';

/** Name of the source of the second token. */
export const FALLBACK_SOURCE = 'fallbackToken';

/** Options that define the token sources. */
export interface TokenChainOptions {
  readonly token?: string | TokenProvider | undefined;
  readonly tokenFile?: string | undefined;
  readonly tokenEnvVar?: string | undefined;
  readonly fallbackToken?: string | TokenProvider | undefined;
}

/** Returns the same text for names such as `Quix__Sdk__Token` and `QUIX_SDK_TOKEN`. */
const normalizeName = (name: string): string => name.toLowerCase().replaceAll('_', '');

/**
 * The token sources of a client, in this order: argument, file, chosen variable, default variable.
 * The file in `X_FILE` comes after each variable `X`.
 */
export class TokenChain {
  readonly #readEnv: () => Environment;
  readonly #chosenVariable: string | undefined;
  readonly #fallback: TokenSource | undefined;
  /** Detects token functions that call their own client. */
  readonly functionGuard = new ReentryGuard();
  /** The sources in the order in which they are read. */
  sources: readonly TokenSource[];

  constructor(options: TokenChainOptions & { readonly readEnv: () => Environment }) {
    const { token, tokenFile, tokenEnvVar, fallbackToken, readEnv } = options;
    this.#readEnv = readEnv;
    const sources: TokenSource[] = [];
    const guard = this.functionGuard;
    this.#chosenVariable = tokenEnvVar;
    if (token !== undefined)
      sources.push(
        valueSource(token, typeof token === 'function' ? 'provider' : 'argument', guard),
      );
    if (tokenFile !== undefined) sources.push(fileSource(tokenFile));
    for (const variable of new Set([tokenEnvVar, TOKEN_VARIABLE])) {
      if (variable === undefined) continue;
      sources.push(variableSource(variable, readEnv), new VariableFileSource(variable, readEnv));
    }
    if (fallbackToken !== undefined) {
      this.#fallback = valueSource(fallbackToken, FALLBACK_SOURCE, guard);
    }
    this.sources = sources;
  }

  /** Throws if no source can have a token, or if a text cannot be a token. Starts no I/O. */
  assertConfigured(): void {
    this.#fallback?.peek(); // throws if its text cannot be a token
    if (this.sources.every((source) => source.peek().absent)) throw this.#missingError();
  }

  /** Describes the token that `read()` would return, as far as it is known without I/O. */
  describe(): TokenDescription | { readonly source: string } {
    for (const source of this.sources) {
      try {
        const { token, absent } = source.peek();
        if (!absent) return token?.describe() ?? { source: source.name };
      } catch {
        return { source: source.name }; // a variable now contains text that cannot be a token
      }
    }
    return { source: TOKEN_VARIABLE };
  }

  /** Describes the fallback token. `undefined` without a fallback. */
  describeFallback(): TokenDescription | { readonly source: string } | undefined {
    if (!this.#fallback) return undefined;
    const { token, absent } = this.#fallback.peek();
    return absent ? undefined : (token?.describe() ?? { source: FALLBACK_SOURCE });
  }

  /** Reads the sources in their order until one of them returns a token. */
  async read(signal: AbortSignal, warn: Warn): Promise<Token> {
    for (const source of this.sources) {
      const token = await source.read(signal, warn);
      if (!token) continue;
      const chosen = this.#chosenVariable;
      const isDefault = [TOKEN_VARIABLE, fileVariable(TOKEN_VARIABLE)].includes(source.name);
      if (isDefault && chosen !== undefined && chosen !== TOKEN_VARIABLE) {
        const message = `The variable ${chosen} has no token, so ${source.name} is used. Set ${chosen}, or remove tokenEnvVar.`;
        warn({ code: 'TOKEN_VARIABLE_UNSET', about: chosen, message });
      }
      return token;
    }
    throw this.#missingError();
  }

  async readFallback(signal: AbortSignal, warn: Warn): Promise<Token | undefined> {
    return await this.#fallback?.read(signal, warn);
  }

  /** Replaces all sources except the fallback. */
  replace(source: TokenSource): void {
    this.sources = [source];
  }

  #missingError(): QuixError {
    const env = this.#readEnv();
    // Only the argument and variables can be absent, so the rest are variables.
    const variables = this.sources.filter(({ name }) => name !== 'argument');
    const names = variables.map(({ name }) => name);
    const checked = [
      `the token argument (${variables.length < this.sources.length ? 'blank' : 'not passed'})`,
      'tokenFile (not passed)',
      // peek() returns no reason if the variable was set after it had been read.
      ...variables.map((each) => `${sourceInWords(each.name)} (${each.peek().absent ?? 'set'})`),
    ];
    const misspelled = Object.keys(env).flatMap((key) => {
      const intended = names.find((name) => normalizeName(name) === normalizeName(key));
      return intended === undefined || names.includes(key) || !env[key]?.trim()
        ? []
        : ` ${key} is set, but the name of the variable has to be exactly ${intended}.`;
    });
    const summary = `No Quix token was found. Sources checked: ${checked.join(', ')}.${misspelled.join('')}`;
    const hint = `Set ${TOKEN_VARIABLE} to the streaming token of your Quix environment, or pass the token as the first argument.`;
    return new QuixError('QUIX_TOKEN_MISSING', summary, { hint });
  }
}
