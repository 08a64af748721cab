import { InvalidArgumentError, Option, type Command } from 'commander';
import type { SecurityProtocol } from 'quix-streams-auth';
import { startPortalEmulator } from 'quix-streams-auth/testing';
import type {
  PortalBrokerUpdate,
  PortalEmulator,
  RecordedRequest,
} from 'quix-streams-auth/testing';
import { PROTOCOLS } from '../../credentials/index.ts';
import { errorCode } from '../../sanitize-error.ts';
import { UsageError } from '../errors.ts';
import {
  append,
  brokerList,
  certificate,
  fileContent,
  numberBetween,
  variableContent,
  type PemFile,
} from '../option-parsers.ts';
import { addExamples } from '../options.ts';
import { duration, printable, type Context, type Output } from '../output.ts';

type TextOption = 'mechanism' | 'username';
/** Options that name a variable or a file. The value is what the variable or file contains. */
type SecretOption = 'token1EnvVar' | 'token2EnvVar' | 'passwordEnvVar' | 'passwordFile';

interface EmulateValues extends Readonly<Partial<Record<TextOption | SecretOption, string>>> {
  readonly port?: number;
  readonly workspace: string;
  readonly topic?: string[];
  readonly brokers?: string[];
  readonly securityProtocol?: SecurityProtocol;
  readonly latency: number;
  readonly brokerCa?: PemFile;
}

/** The characters of a bearer token (RFC 9110, section 11.2). */
const TOKEN68 = /^[\w.~+/-]+=*$/;

/** Returns a copy without the properties that are `undefined`. */
function defined<T extends object>(object: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}

/** Returns the broker settings that the options name. The emulator chooses the others. */
function brokerUpdate(values: EmulateValues): PortalBrokerUpdate {
  const { brokers, securityProtocol, mechanism, username, brokerCa } = values;
  const password = values.passwordFile ?? values.passwordEnvVar;
  const sasl = defined({ mechanism: mechanism?.toUpperCase(), username, password });
  return defined({ brokers, securityProtocol, ca: brokerCa?.pem, sasl });
}

/** Returns one line for a request that was answered. The line contains no secret. */
function requestLine(output: Output, request: RecordedRequest): string {
  const { method, path, status = 0, durationMs = 0, token = 'no token', headers } = request;
  const time = new Date(request.startedAt).toISOString().slice(11, 23);
  const colour = status >= 500 ? 'red' : status >= 400 ? 'yellow' : 'green';
  const agent = headers['user-agent']?.split(' ')[0] ?? 'no user agent';
  const code = output.style(colour, status === 0 ? '---' : `${status}`);
  const details = output.style('dim', printable(`${duration(durationMs)}, ${token}, ${agent}`));
  return `${output.style('dim', time)} ${method.padEnd(4)} ${code} ${printable(path)} ${details}\n`;
}

function printStart(output: Output, portal: PortalEmulator): void {
  const { url, workspaceId, token2, env } = portal;
  const { brokers = [], securityProtocol = '' } = portal.workspaces.get(workspaceId)?.broker ?? {};
  output.line(`The Portal emulator listens at ${url}. Press Ctrl-C to stop it.`);
  const broker = `${brokers.join(', ')}, ${securityProtocol}`;
  output.line(printable(`Environment: ${workspaceId}. Broker: ${broker}.`));
  output.line('Set these variables for your client. The tokens are valid for this emulator only:');
  const variables = Object.entries(env).map(([name, value]) => `export ${name}=${value}\n`);
  output.raw(`\n${variables.join('')}# Token 2: ${token2}\n\n`);
}

async function run(values: EmulateValues, { io, output }: Context): Promise<void> {
  const { port = 0, latency, workspace: workspaceId } = values;
  const starting = startPortalEmulator({
    port,
    latencyMs: latency,
    broker: brokerUpdate(values),
    workspaces: [{ workspaceId }],
    topics: values.topic ?? [],
    tokens: { token1: values.token1EnvVar, token2: values.token2EnvVar },
    onRequest: (request) => {
      if (output.isJson) output.json({ event: 'request', request });
      else output.raw(requestLine(output, request));
    },
  });
  await using portal = await starting.catch((error: unknown) => {
    if (errorCode(error) !== 'EADDRINUSE') throw error;
    throw new UsageError(`Port ${port} is in use. Choose another port with --port.`);
  });
  // A script may send the signal as soon as it reads the output.
  const stopped = io.untilStopped();
  const { url, env, token2 } = portal;
  if (!output.isJson) printStart(output, portal);
  else output.json({ ok: true, event: 'started', url, workspaceId, env, token2 });
  await stopped;
  const requests = portal.requests.length;
  if (output.isJson) output.json({ ok: true, event: 'stopped', requests });
  else output.line(`Stopped after ${requests} requests.`);
}

export function addEmulate(program: Command, context: Context): Command {
  const { cwd } = context.io;
  const variable = variableContent(context.io);
  const token = (name: string): string => {
    const value = variable(name).trim();
    // The printed shell commands contain the token, and other characters could change them.
    if (TOKEN68.test(value)) return value;
    throw new InvalidArgumentError('The variable contains characters that a token cannot contain.');
  };
  const command = program
    .command('emulate')
    .summary('start a Portal emulator on this machine, for tests in any language')
    .description(
      'Serves the Portal API on 127.0.0.1, prints the variables that a client needs, and logs each request. Ctrl-C or SIGTERM stops the emulator with exit code 0. With --json, each line is the JSON of one event.',
    )
    .option('--port <port>', 'port (default: a free one)', numberBetween(0, 65_535))
    .option('--workspace <id>', 'id of the environment', 'org-project-dev')
    .option('--topic <name>', 'topic that exists, can be repeated', append)
    .option('--token-1-env-var <name>', 'variable with Token 1 (default: random)', token)
    .option('--token-2-env-var <name>', 'variable with Token 2 (default: random)', token)
    .option('--brokers <list>', 'host:port,… (default: 127.0.0.1:9092)', brokerList)
    .addOption(new Option('--security-protocol <name>', 'default: SASL_SSL').choices(PROTOCOLS))
    .option('--mechanism <name>', 'SASL mechanism (default: SCRAM-SHA-512)')
    .option('--username <name>', 'user name of the brokers (default: id of the environment)')
    .option('--password-env-var <name>', 'variable with the password (default: random)', variable)
    .option('--password-file <path>', 'file with the password', fileContent(cwd))
    .option(
      '--broker-ca <file>',
      'read the CA certificate (PEM) of the brokers from this file',
      certificate(cwd),
    )
    .option('--latency <ms>', 'delay of each response', numberBetween(0, 600_000), 0)
    .action((values: EmulateValues) => run(values, context));
  return addExamples(command, {
    'quix-auth emulate --port 8080': 'a Portal with an invented broker',
    'quix-auth emulate --brokers localhost:9092 --security-protocol PLAINTEXT':
      'a Portal for a Kafka on this machine',
  });
}
