import { QuixError, type QuixClientOptions, type QuixStreamingClient } from 'quix-streams-auth';
import { createClient } from '../options.ts';
import { describeToken, lookUpToken } from '../token-lookup.ts';
import type { Checkup, Finding } from './checkup.ts';
import { STEPS } from './steps.ts';

const PROXY_VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'];

const VARIABLES = [
  'Quix__Sdk__Token',
  'Quix__Portal__Api',
  'Quix__Workspace__Id',
  'Quix__Broker__Address',
  ...PROXY_VARIABLES.flatMap((name) => [name, name.toLowerCase()]),
  'NODE_EXTRA_CA_CERTS',
];

/** Creates the client. A missing or invalid token is reported by the next step. */
export async function checkSettings(
  checkup: Checkup,
  options: QuixClientOptions,
): Promise<QuixStreamingClient | undefined> {
  const { env = {} } = options;
  const variables = VARIABLES.filter((name) => env[name]?.trim()).join(', ') || 'none';
  const detail = `Node ${process.versions.node}; variables set: ${variables}`;
  const found = await checkup.run(
    STEPS.settings,
    [],
    (): Finding & { client?: QuixStreamingClient } => {
      try {
        return { detail, client: createClient(options) };
      } catch (error) {
        if (error instanceof QuixError && error.code.startsWith('QUIX_TOKEN_')) return { detail };
        throw error;
      }
    },
  );
  return found?.client;
}

/** Reports where the token was looked for, and what kind of token was found. */
export async function checkToken(checkup: Checkup, options: QuixClientOptions): Promise<void> {
  await checkup.run(STEPS.token, [], async () => {
    const { token, error, places, warnings } = await lookUpToken(options);
    if (!token) throw error ?? new Error('No token was found.');
    const {
      kind,
      source,
      fingerprint,
      expires,
      'looked at': places_,
    } = describeToken(token, places);
    return {
      detail: `${kind} from ${source}, fingerprint ${fingerprint}, expires: ${expires}; looked at: ${places_}`,
      warnings,
    };
  });
}
