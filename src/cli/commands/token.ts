import type { TokenKind } from 'quix-streams-auth';
import type { Token } from '../../token/index.ts';
import type { Call, Command } from '../command.ts';
import { inCommandWords } from '../command-words.ts';
import { clientOptions, TOKEN_OPTIONS } from '../common-options.ts';
import { printable } from '../terminal.ts';
import { lookUpToken, sourceName, type TokenLookup } from '../token-lookup.ts';
import { EXIT } from '../usage-error.ts';

/** What the kinds of tokens are called. */
export const KINDS: Readonly<Record<TokenKind, string>> = {
  streaming: 'streaming token',
  jwt: 'Personal Access Token (a JWT)',
  opaque: 'of no known shape; the Portal decides',
};

/** When a token ends, in words. */
export function expiry({ kind, expiresAt }: Token): string {
  if (expiresAt) return expiresAt.toISOString();
  return kind === 'streaming' ? 'never' : 'it does not say';
}

function toJson({ token, places, warnings }: TokenLookup): object {
  const { source = '', ...description } = token?.describe() ?? {};
  return {
    ok: true,
    ...description,
    source: sourceName(source),
    places,
    warnings: warnings.map(({ code, message }) => ({ code, message: inCommandWords(message) })),
  };
}

function print({ terminal }: Call, { token, places, warnings }: TokenLookup): void {
  if (!token) return;
  const lines = {
    kind: KINDS[token.kind],
    fingerprint: token.fingerprint,
    source: sourceName(token.source),
    expires: expiry(token),
    'looked at': places.map(({ name, state }) => `${name} (${state})`).join(', '),
  };
  for (const [title, text] of Object.entries(lines)) {
    terminal.line(`${terminal.style('bold', title.padEnd(12))} ${printable(text)}`);
  }
  for (const { code, message } of warnings) {
    terminal.line(`${terminal.style('yellow', `! ${code}`)} ${printable(inCommandWords(message))}`);
  }
}

/** `quix-auth token` */
export const token: Command = {
  name: 'token',
  summary: 'says which token is used: kind, fingerprint, source, expiry; never its text',
  description: 'Looks for the token as a client does. Sends nothing.',
  options: TOKEN_OPTIONS,
  examples: [
    ['quix-auth token', 'the token of Quix__Sdk__Token'],
    ['quix-auth token --token-file /run/secrets/quix --json', 'that of a file, for a script'],
    ['pass quix/dev | quix-auth token --token-stdin', 'that of a password manager'],
  ],
  async run(call) {
    const lookup = await lookUpToken(await clientOptions(call));
    if (lookup.error) throw lookup.error;
    if (call.values.has('json')) call.terminal.line(JSON.stringify(toJson(lookup)));
    else print(call, lookup);
    return EXIT.ok;
  },
};
