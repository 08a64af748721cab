import { QuixError, type QuixClientOptions } from 'quix-streams-auth';
import { createClient } from '../options.ts';
import { describeToken, lookUpToken } from '../token-lookup.ts';
import type { Checkup, Finding } from './checkup.ts';
import { findKafkaClient, type ClientName } from './installed-client.ts';
import { checkBrokers, checkGroup, checkTopic, type KafkaCheck } from './kafka.ts';
import { checkExchange, checkPortal, type Connected, type Settings } from './portal.ts';

const PROXY_VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'];

const VARIABLES = [
  'Quix__Sdk__Token',
  'Quix__Portal__Api',
  'Quix__Workspace__Id',
  'Quix__Broker__Address',
  ...PROXY_VARIABLES.flatMap((name) => [name, name.toLowerCase()]),
  'NODE_EXTRA_CA_CERTS',
];

export interface Examination {
  readonly topic?: string;
  readonly group?: string;
  readonly kafkaClient?: ClientName;
}

/** Creates the client. {@link checkToken} reports a missing or invalid token. */
function checkSettings(options: QuixClientOptions): Settings {
  const { env = {} } = options;
  const variables = VARIABLES.filter((name) => env[name]?.trim()).join(', ') || 'none';
  const detail = `Node ${process.versions.node}; variables set: ${variables}`;
  try {
    return { detail, quix: createClient(options) };
  } catch (error) {
    if (error instanceof QuixError && error.code.startsWith('QUIX_TOKEN_')) return { detail };
    throw error;
  }
}

/** Reports where the token was looked for, and what kind of token was found. */
async function checkToken(options: QuixClientOptions): Promise<Finding> {
  const lookup = await lookUpToken(options);
  const { kind, source, fingerprint, expires, ...others } = describeToken(lookup);
  const detail = `${kind} from ${source}, fingerprint ${fingerprint}, expires: ${expires}; looked at: ${others['looked at']}`;
  return { detail, warnings: lookup.warnings };
}

/** Runs all steps. If a step fails, only the steps that depend on it are skipped. */
export async function examine(
  checkup: Checkup,
  options: QuixClientOptions,
  { kafkaClient, topic, group }: Examination,
  cwd: string,
): Promise<void> {
  const settings = checkup.run(['Settings', 'settings', 'Settings'], () => checkSettings(options));
  const { quix } = await settings.catch((): Partial<Settings> => ({}));
  let connected: Promise<Connected>;
  // Only a client for a local broker knows the protocol before the first request.
  if (quix?.describe().securityProtocol === undefined) {
    const token = checkup.run(['Settings', 'token', 'Token'], () => checkToken(options));
    connected = checkExchange(checkup, [settings, token, checkPortal(checkup, options)]);
  } else {
    connected = checkup.run(['Portal', 'portal-url', 'Portal'], async () => {
      const detail = 'a local broker needs neither a token nor the Portal';
      return { detail, isSkipped: true, quix, credentials: await quix.getBrokerCredentials() };
    });
  }
  const check: KafkaCheck = { checkup, connected, client: findKafkaClient(cwd, kafkaClient) };
  await checkBrokers(check);
  if (topic !== undefined) checkTopic(check, topic);
  if (group !== undefined) checkGroup(check, group);
  await checkup.end();
  await quix?.close();
}
