import { QuixError, type QuixClientOptions, type QuixWarning } from 'quix-streams-auth';
import { TokenChain, type Token } from '../token/index.ts';
import { tokenWarnings } from '../token/token-warnings.ts';

/** A place where a token may be, and whether it was the one. */
export interface TokenPlace {
  readonly name: string;
  readonly state: string;
}

/** What became of the search for a token, without asking the Portal. */
export interface TokenLookup {
  readonly places: readonly TokenPlace[];
  readonly warnings: readonly QuixWarning[];
  readonly token?: Token;
  readonly error?: QuixError;
}

/** Names of sources as the command line has them; variables are called what they are called. */
const NAMES: Readonly<Record<string, string>> = {
  argument: '--token-stdin',
  tokenFile: '--token-file',
};

/** What the command calls a token's source. */
export const sourceName = (source: string): string => NAMES[source] ?? source;

function listPlaces(chain: TokenChain, winner: string | undefined): TokenPlace[] {
  let isOver = false;
  return chain.sources.map((source) => {
    let state: string;
    try {
      state = source.peek().absent ?? (isOver ? 'not needed' : 'used');
    } catch {
      state = 'unusable';
    }
    if (state === 'used' && source.name !== winner) state = 'unusable';
    isOver ||= state === 'used' || state === 'unusable';
    return { name: sourceName(source.name), state };
  });
}

/** Looks where the client would look, in the same order, and says what was found at each place. */
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
