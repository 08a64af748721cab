import { Option, type Command } from 'commander';
import type { SecurityProtocol } from 'quix-streams-auth';
import {
  startPortalEmulator,
  type PortalBrokerUpdate,
  type PortalEmulator,
  type PortalEmulatorOptions,
  type RecordedRequest,
} from 'quix-streams-auth/testing';
import { parseBrokerList } from '../../credentials/broker-list.ts';
import { errorCode } from '../../sanitize-error.ts';
import { UsageError } from '../errors.ts';
import { readCertificate, readOptionFile } from '../files.ts';
import {
  brokerList,
  describeCommand,
  numberBetween,
  valueOption,
  variableName,
} from '../options.ts';
import { duration, printable, type Context, type Io, type Output } from '../output.ts';

const PROTOCOLS: readonly SecurityProtocol[] = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'];

interface EmulateValues {
  readonly port?: number;
  readonly workspace?: string;
  readonly topic?: readonly string[];
  readonly token1EnvVar?: string;
  readonly token2EnvVar?: string;
  readonly brokers?: string;
  readonly securityProtocol?: SecurityProtocol;
  readonly mechanism?: string;
  readonly username?: string;
  readonly passwordEnvVar?: string;
  readonly passwordFile?: string;
  readonly brokerCa?: string;
  readonly latency?: number;
}

function readVariable(option: string, name: string | undefined, { env }: Io): string | undefined {
  if (name === undefined) return undefined;
  const value = env[name];
  if (value?.trim()) return value;
  throw new UsageError(`The variable of ${option} is not set.`);
}

async function readPassword(values: EmulateValues, io: Io): Promise<string | undefined> {
  const { passwordEnvVar, passwordFile } = values;
  if (passwordFile === undefined) {
    return readVariable('--password-env-var', passwordEnvVar, io);
  }
  return (await readOptionFile('--password-file', passwordFile, io.cwd)).replace(/\r?\n$/, '');
}

/** Returns the broker settings that the options name. The emulator chooses the others. */
async function readBroker(values: EmulateValues, io: Io): Promise<PortalBrokerUpdate> {
  const { brokers, securityProtocol, mechanism, username, brokerCa } = values;
  const password = await readPassword(values, io);
  const sasl = {
    ...(mechanism !== undefined && { mechanism: mechanism.toUpperCase() }),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  };
  return {
    ...(brokers !== undefined && { brokers: parseBrokerList(brokers) ?? [] }),
    ...(securityProtocol && { securityProtocol }),
    ...(Object.keys(sasl).length > 0 && { sasl }),
    ...(brokerCa !== undefined && { ca: await readCertificate('--broker-ca', brokerCa, io.cwd) }),
  };
}

/** Returns one line for a request that was answered. The line contains no secret. */
function requestLine(output: Output, request: RecordedRequest): string {
  const { method, path, status = 0, durationMs = 0, token = 'no token', headers } = request;
  const time = new Date(request.startedAt).toISOString().slice(11, 23);
  const colour = status >= 500 ? 'red' : status >= 400 ? 'yellow' : 'green';
  const [agent = ''] = (headers['user-agent'] ?? '').split(' ');
  const details = [duration(durationMs), token, ...(agent === '' ? [] : [agent])].join(', ');
  return [
    output.style('dim', time),
    method.padEnd(4),
    output.style(colour, status === 0 ? '---' : `${status}`),
    printable(path),
    `${output.style('dim', printable(details))}\n`,
  ].join(' ');
}

function printStart(output: Output, portal: PortalEmulator): void {
  const { url, workspaceId, token2, env } = portal;
  const { brokers, securityProtocol } = portal.workspaces.get(workspaceId)?.broker ?? {};
  output.line(`The Portal emulator listens at ${url}. Press Ctrl-C to stop it.`);
  output.line(
    `Environment: ${workspaceId}. Broker: ${brokers?.join(', ') ?? ''}, ${securityProtocol ?? ''}.`,
  );
  output.line('Only this emulator accepts the tokens:');
  const variables = Object.entries(env).map(([name, value]) => `export ${name}=${value}\n`);
  output.raw(`\n${variables.join('')}# Token 2: ${token2}\n\n`);
}

async function start(options: PortalEmulatorOptions): Promise<PortalEmulator> {
  try {
    return await startPortalEmulator(options);
  } catch (error) {
    if (errorCode(error) !== 'EADDRINUSE') throw error;
    throw new UsageError(`Port ${options.port ?? 0} is in use. Choose another port with --port.`);
  }
}

async function run(values: EmulateValues, { io, output }: Context): Promise<void> {
  const { port = 0, latency: latencyMs = 0, topic: topics = [] } = values;
  const { workspace: workspaceId = 'org-project-dev' } = values;
  const token1 = readVariable('--token-1-env-var', values.token1EnvVar, io)?.trim();
  const token2 = readVariable('--token-2-env-var', values.token2EnvVar, io)?.trim();
  await using portal = await start({
    port,
    latencyMs,
    broker: await readBroker(values, io),
    workspaces: [{ workspaceId }],
    topics,
    tokens: { token1, token2 },
    onRequest: (request) => {
      if (output.isJson) output.json({ event: 'request', request });
      else output.raw(requestLine(output, request));
    },
  });
  const ended = io.untilEnded();
  if (output.isJson) {
    const { url, env } = portal;
    output.json({ ok: true, event: 'started', url, workspaceId, env, token2: portal.token2 });
  } else printStart(output, portal);
  await ended;
  const requests = portal.requests.length;
  if (output.isJson) output.json({ ok: true, event: 'stopped', requests });
  else output.line(`Stopped after ${requests} requests.`);
}

/** Adds the command `quix-auth emulate`. */
export function addEmulate(program: Command, context: Context): Command {
  const command = program
    .command('emulate')
    .summary('start a Quix Portal on this machine, for tests in any language')
    .description(
      'Serves the Portal API on 127.0.0.1, prints the variables that a client needs, and logs each request. Ctrl-C or SIGTERM stops the emulator with exit code 0. With --json, each line is the JSON of one event.',
    )
    .action((values: EmulateValues) => run(values, context));
  const options = [
    valueOption('--port <port>', 'port (default: a free one)', numberBetween(0, 65_535)),
    valueOption('--workspace <id>', 'id of the environment (default: org-project-dev)'),
    valueOption(
      '--topic <name>',
      'topic that exists, can be repeated',
      (value, _, previous = []) => [...(previous as string[]), value],
    ),
    valueOption(
      '--token-1-env-var <name>',
      'variable that holds Token 1 (default: random)',
      variableName,
    ),
    valueOption(
      '--token-2-env-var <name>',
      'variable that holds Token 2 (default: random)',
      variableName,
    ),
    valueOption('--brokers <list>', 'host:port,… (default: 127.0.0.1:9092)', brokerList),
    new Option('--security-protocol <name>', 'security of the broker (default: SASL_SSL)').choices(
      PROTOCOLS,
    ),
    valueOption('--mechanism <name>', 'SASL mechanism (default: SCRAM-SHA-512)'),
    valueOption('--username <name>', 'user name of the broker (default: id of the environment)'),
    valueOption(
      '--password-env-var <name>',
      "variable that holds the broker's password",
      variableName,
    ),
    valueOption(
      '--password-file <path>',
      "file that holds the broker's password (default: random)",
    ),
    valueOption('--broker-ca <file>', "PEM of the brokers' certificate authority"),
    valueOption(
      '--latency <ms>',
      'milliseconds until each response (default: 0)',
      numberBetween(0, 600_000),
    ),
  ];
  return describeCommand(command, options, [
    ['quix-auth emulate --port 8080', 'a Portal with an invented broker'],
    [
      'quix-auth emulate --brokers localhost:9092 --security-protocol PLAINTEXT --topic f1-data',
      'a Portal in front of a Kafka on this machine',
    ],
  ]);
}
