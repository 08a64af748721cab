import {
  QuixError,
  type QuixClientOptions,
  type QuixWarning,
  type TokenKind,
} from 'quix-streams-auth';
import { TokenChain, type Token } from '../token/index.ts';
import { tokenWarnings } from '../token/token-warnings.ts';

/** A place where a token may be, and what was found there. */
export interface TokenPlace {
  readonly name: string;
  readonly state: string;
}

/** Result of the search for a token. Nothing is sent to the Portal. */
export interface TokenLookup {
  readonly places: readonly TokenPlace[];
  readonly warnings: readonly QuixWarning[];
  readonly token?: Token;
  readonly error?: QuixError;
}

const KINDS: Readonly<Record<TokenKind, string>> = {
  streaming: 'streaming token',
  jwt: 'Personal Access Token (a JWT)',
  opaque: 'unknown kind of token',
};

/** Options that stand for sources of the library. Variables keep their names. */
const SOURCES: Readonly<Record<string, string>> = {
  argument: '--token-stdin',
  tokenFile: '--token-file',
};

/** Returns the command line's name for a source of a token. */
export const sourceName = (source: string): string => SOURCES[source] ?? source;

/** Returns the facts about a token that the command prints. */
export function describeToken(token: Token, places: readonly TokenPlace[]): Record<string, string> {
  const { kind, fingerprint, source, expiresAt } = token;
  return {
    kind: KINDS[kind],
    fingerprint,
    source: sourceName(source),
    expires: expiresAt?.toISOString() ?? (kind === 'streaming' ? 'never' : 'unknown'),
    'looked at': places.map(({ name, state }) => `${name} (${state})`).join(', '),
  };
}

function listPlaces(chain: TokenChain, winner: string | undefined): TokenPlace[] {
  let isOver = false;
  return chain.sources.map((source) => {
    let state = isOver ? 'not needed' : source.name === winner ? 'used' : 'unusable';
    try {
      state = source.peek().absent ?? state;
    } catch {
      // The source holds something that is not a token.
    }
    isOver ||= state === 'used' || state === 'unusable';
    return { name: sourceName(source.name), state };
  });
}

/** Looks for a token in the order of the client, and reports what each place contains. */
export async function lookUpToken(options: QuixClientOptions): Promise<TokenLookup> {
  const { token: given, tokenFile, tokenEnvVar, env = {}, timeoutMs = 30_000 } = options;
  const chain = new TokenChain({ token: given, tokenFile, tokenEnvVar }, () => env);
  const warnings: QuixWarning[] = [];
  try {
    const token = await chain.read(AbortSignal.timeout(timeoutMs), (warning) => {
      warnings.push(warning);
    });
    warnings.push(...tokenWarnings(token));
    return { places: listPlaces(chain, token.source), warnings, token };
  } catch (error) {
    if (!(error instanceof QuixError)) throw error;
    return { places: listPlaces(chain, undefined), warnings, error };
  }
}
