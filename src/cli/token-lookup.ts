import type { QuixClientOptions, QuixWarning, TokenKind } from 'quix-streams-auth';
import type { Environment } from 'quix-streams-auth';
import { fileVariable, TokenChain, tokenWarnings, type Token } from '../token/index.ts';
import { UsageError } from './errors.ts';

/** A token, where it was looked for, and warnings about it. */
export interface TokenLookup {
  readonly token: Token;
  readonly places: readonly { readonly name: string; readonly state: string }[];
  readonly warnings: readonly QuixWarning[];
}

const KINDS: Readonly<Record<TokenKind, string>> = {
  streaming: 'streaming token',
  jwt: 'Personal Access Token (a JWT)',
  opaque: 'unknown kind of token',
};

/** Option of the command line for each token source. A variable is named by itself. */
const SOURCES: Readonly<Record<string, string>> = {
  argument: '--token-stdin',
  tokenFile: '--token-file',
};

export const sourceName = (source: string): string => SOURCES[source] ?? source;

/** Returns the facts about a token that the command prints. */
export function describeToken({ token, places }: TokenLookup) {
  const { kind, fingerprint, source, expiresAt } = token;
  return {
    kind: KINDS[kind],
    fingerprint,
    source: sourceName(source),
    expires: expiresAt?.toISOString() ?? (kind === 'streaming' ? 'never' : 'unknown'),
    checked: places.map(({ name, state }) => `${name} (${state})`).join(', '),
  };
}

/**
 * Looks for a token in the order of the client, without sending anything.
 *
 * @throws QuixError `QUIX_TOKEN_MISSING`, `QUIX_TOKEN_INVALID` or `QUIX_TOKEN_SOURCE_FAILED`
 */
export async function lookUpToken(options: QuixClientOptions): Promise<TokenLookup> {
  const { token: given, tokenFile, tokenEnvVar, env = {}, timeoutMs = 30_000 } = options;
  const chain = new TokenChain({ token: given, tokenFile, tokenEnvVar, readEnv: () => env });
  const warnings: QuixWarning[] = [];
  const token = await chain.read(AbortSignal.timeout(timeoutMs), (warning) => {
    warnings.push(warning);
  });
  warnings.push(...tokenWarnings(token));
  const used = chain.sources.findIndex(({ name }) => name === token.source);
  const places = chain.sources.map((source, index) => {
    const name = sourceName(source.name);
    if (index === used) return { name, state: 'used' };
    return { name, state: index > used ? 'not needed' : (source.peek().absent ?? 'not set') };
  });
  return { token, places, warnings };
}

/** Throws a {@link UsageError} if neither the variable nor its variant `_FILE` is set. */
export function assertTokenVariable(name: string, env: Environment = {}): void {
  const names = [name, fileVariable(name)];
  if (names.some((each) => env[each]?.trim())) return;
  throw new UsageError(`Neither ${names.join(' nor ')} has a value. Set one of them.`);
}
