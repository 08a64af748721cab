import { QuixError, type QuixClientOptions, type QuixStreamingClient } from 'quix-streams-auth';
import type { PemFile } from '../option-parsers.ts';
import { createClient } from '../options.ts';
import { describeToken, lookUpToken } from '../token-lookup.ts';
import { findKafkaClient, type ClientName } from './installed-client.ts';
import { checkBrokers, checkGroup, checkTopic, type KafkaCheck } from './kafka.ts';
import { checkExchange, checkPortal, type ExchangeFinding } from './portal.ts';
import type { Finding, StepRunner } from './step-runner.ts';

const PROXY_VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'];

const VARIABLES = [
  'Quix__Sdk__Token',
  'Quix__Sdk__Token_FILE',
  'Quix__Portal__Api',
  'Quix__Workspace__Id',
  'Quix__Broker__Address',
  ...PROXY_VARIABLES.flatMap((name) => [name, name.toLowerCase()]),
  'NODE_EXTRA_CA_CERTS',
];

export interface DoctorOptions {
  readonly topic?: string;
  readonly group?: string;
  readonly kafkaClient?: ClientName;
  readonly ca?: PemFile;
}

/** `quix` is absent if the token is missing or invalid. {@link checkToken} reports that error. */
interface ClientFinding extends Finding {
  readonly quix?: QuixStreamingClient;
}

/** Creates the client. */
function checkSettings(options: QuixClientOptions): ClientFinding {
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

/** Reports which sources were checked, and what kind of token was found. */
async function checkToken(options: QuixClientOptions): Promise<Finding> {
  const lookup = await lookUpToken(options);
  const { kind, source, fingerprint, expires, checked } = describeToken(lookup);
  const detail = `${kind} from ${source}, fingerprint ${fingerprint}, expires: ${expires}; checked: ${checked}`;
  return { detail, warnings: lookup.warnings };
}

/** Runs all steps. If a step fails, only the steps that depend on it are skipped. */
export async function runDoctor(
  runner: StepRunner,
  options: QuixClientOptions,
  { kafkaClient, topic, group, ca }: DoctorOptions,
  cwd: string,
): Promise<void> {
  const settings = runner.run(['Settings', 'settings', 'Settings'], () => checkSettings(options));
  const { quix } = await settings.catch((): Partial<ClientFinding> => ({}));
  let exchange: Promise<ExchangeFinding>;
  // Only a client for a local broker has no token.
  if (quix && !quix.describe().token) {
    exchange = runner.run(['Portal', 'portal-url', 'Portal'], async () => {
      const detail = 'a local broker needs neither a token nor the Portal';
      return { detail, applies: false, quix, credentials: await quix.getBrokerCredentials() };
    });
  } else {
    const token = runner.run(['Settings', 'token', 'Token'], () => checkToken(options));
    const portal = checkPortal(runner, options, ca?.path);
    exchange = checkExchange(runner, quix, [settings, token], portal);
  }
  const client = findKafkaClient(cwd, kafkaClient);
  const otherClient = client ? undefined : findKafkaClient(cwd);
  const wantedClient = kafkaClient;
  const check: KafkaCheck = { runner, exchange, client, wantedClient, otherClient, probes: [] };
  await checkBrokers(check);
  if (topic !== undefined) checkTopic(check, topic);
  if (group !== undefined) checkGroup(check, group);
  await runner.waitForAllSteps();
  await quix?.close();
}
