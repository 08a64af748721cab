import { QuixError, type QuixClientOptions, type QuixStreamingClient } from 'quix-streams-auth';
import { createClient } from '../options.ts';
import { describeToken, lookUpToken } from '../token-lookup.ts';
import { step, type Checkup, type Finding } from './checkup.ts';

const PROXY_VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'];

const VARIABLES = [
  'Quix__Sdk__Token',
  'Quix__Portal__Api',
  'Quix__Workspace__Id',
  'Quix__Broker__Address',
  ...PROXY_VARIABLES.flatMap((name) => [name, name.toLowerCase()]),
  'NODE_EXTRA_CA_CERTS',
];

/** Valid settings. There is no client if the token is missing or invalid. */
export interface Settings extends Finding {
  readonly quix?: QuixStreamingClient;
}

/** Creates the client. A missing or invalid token is reported by {@link checkToken}. */
export function checkSettings(checkup: Checkup, options: QuixClientOptions): Promise<Settings> {
  const { env = {} } = options;
  const variables = VARIABLES.filter((name) => env[name]?.trim()).join(', ') || 'none';
  const detail = `Node ${process.versions.node}; variables set: ${variables}`;
  return checkup.run(step('Settings', 'settings', 'Settings'), (): Settings => {
    try {
      return { detail, quix: createClient(options) };
    } catch (error) {
      if (error instanceof QuixError && error.code.startsWith('QUIX_TOKEN_')) return { detail };
      throw error;
    }
  });
}

/** Reports where the token was looked for, and what kind of token was found. */
export function checkToken(checkup: Checkup, options: QuixClientOptions): Promise<Finding> {
  return checkup.run(step('Settings', 'token', 'Token'), async () => {
    const lookup = await lookUpToken(options);
    const { kind, source, fingerprint, expires, ...others } = describeToken(lookup);
    const detail = `${kind} from ${source}, fingerprint ${fingerprint}, expires: ${expires}; looked at: ${others['looked at']}`;
    return { detail, warnings: lookup.warnings };
  });
}
