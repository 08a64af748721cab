import { QuixError, QuixStreamingClient, type QuixClientOptions } from 'quix-streams-auth';
import { expiry, KINDS } from '../commands/token.ts';
import { lookUpToken, sourceName, type TokenLookup } from '../token-lookup.ts';
import type { Checkup, Finding } from './checkup.ts';

const VARIABLES = [
  'Quix__Sdk__Token',
  'Quix__Portal__Api',
  'Quix__Workspace__Id',
  'Quix__Broker__Address',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
  'NODE_EXTRA_CA_CERTS',
];

/** Names of variables that are set: lower-case ones of proxies are as good. */
function listVariables(env: NonNullable<QuixClientOptions['env']>): string {
  const names = VARIABLES.flatMap((name) =>
    name.endsWith('PROXY') ? [name, name.toLowerCase()] : [name],
  );
  const set = names.filter((name) => env[name]?.trim());
  return set.length === 0 ? 'none' : set.join(', ');
}

/** The client of the options, if they are right; a token that is missing is the next step's concern. */
export async function checkSettings(
  checkup: Checkup,
  options: QuixClientOptions,
): Promise<QuixStreamingClient | undefined> {
  const step = { group: 'Settings', id: 'settings', title: 'Settings' } as const;
  const found = await checkup.run(step, (): Finding & { client?: QuixStreamingClient } => {
    const detail = `Node ${process.versions.node}; variables set: ${listVariables(options.env ?? {})}`;
    try {
      return { detail, client: new QuixStreamingClient(options) };
    } catch (error) {
      if (error instanceof QuixError && error.code.startsWith('QUIX_TOKEN_')) return { detail };
      throw error;
    }
  });
  return found?.client;
}

/** Where a token was looked for, and what kind was found. */
export async function checkToken(
  checkup: Checkup,
  options: QuixClientOptions,
): Promise<TokenLookup> {
  let lookup: TokenLookup | undefined;
  await checkup.run({ group: 'Settings', id: 'token', title: 'Token' }, async () => {
    lookup = await lookUpToken(options);
    const { token, error, places, warnings } = lookup;
    if (!token) throw error ?? new Error('no token');
    const looked = places.map(({ name, state }) => `${name} (${state})`).join(', ');
    const detail = `${KINDS[token.kind]} from ${sourceName(token.source)}, fingerprint ${token.fingerprint}, expires: ${expiry(token)}; looked at: ${looked}`;
    return { detail, warnings };
  });
  return lookup ?? { places: [], warnings: [] };
}
