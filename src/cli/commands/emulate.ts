import type { SecurityProtocol } from 'quix-streams-auth';
import type * as Testing from 'quix-streams-auth/testing';
import type {
  PortalBrokerUpdate,
  PortalEmulator,
  RecordedRequest,
} from 'quix-streams-auth/testing';
import { parseBrokerList } from '../../credentials/broker-list.ts';
import { errorCode } from '../../sanitize-error.ts';
import type { Call, Command } from '../command.ts';
import { readGivenFile } from '../common-options.ts';
import { duration, printable, type Terminal } from '../terminal.ts';
import { EXIT, UsageError } from '../usage-error.ts';

const PROTOCOLS: readonly SecurityProtocol[] = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'];

/** The emulator is built on msw, which is the user's to install. */
async function loadTesting(): Promise<typeof Testing> {
  try {
    return await import('quix-streams-auth/testing');
  } catch (error) {
    if (errorCode(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UsageError(
      'The emulator needs the package msw, which is not installed here: npm install --save-dev msw.',
    );
  }
}

async function readPassword({ values, io }: Call): Promise<string | undefined> {
  const path = values.text('password-file');
  if (path !== undefined) {
    return (await readGivenFile('password-file', path, io.cwd)).replace(/\r?\n$/, '');
  }
  const variable = values.text('password-env-var');
  const password = variable === undefined ? undefined : io.env[variable];
  if (variable !== undefined && !password) {
    throw new UsageError('The variable of --password-env-var is not set.');
  }
  return password;
}

/** What the options say of the broker; the rest is the emulator's own. */
async function readBroker(call: Call): Promise<PortalBrokerUpdate> {
  const { values, io } = call;
  const list = values.text('brokers');
  const brokers = list === undefined ? undefined : parseBrokerList(list);
  if (list !== undefined && !brokers) throw new UsageError('--brokers is no list of host:port.');
  const securityProtocol = values.choice('security-protocol', PROTOCOLS);
  const mechanism = values.text('mechanism')?.toUpperCase();
  const username = values.text('username');
  const password = await readPassword(call);
  const ca = values.text('broker-ca');
  const sasl = {
    ...(mechanism !== undefined && { mechanism }),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  };
  return {
    ...(brokers && { brokers }),
    ...(securityProtocol && { securityProtocol }),
    ...(Object.keys(sasl).length > 0 && { sasl }),
    ...(ca !== undefined && { ca: await readGivenFile('broker-ca', ca, io.cwd) }),
  };
}

/** One answered request, with nothing secret in it. */
function requestLine(terminal: Terminal, request: RecordedRequest): string {
  const { method, path, status = 0, durationMs = 0, token = 'no token', headers } = request;
  const time = new Date(request.startedAt).toISOString().slice(11, 23);
  const colour = status >= 500 ? 'red' : status >= 400 ? 'yellow' : 'green';
  const agent = (headers['user-agent'] ?? '').split(' ')[0] ?? '';
  return [
    terminal.style('dim', time),
    method.padEnd(4),
    terminal.style(colour, status === 0 ? '---' : `${status}`),
    printable(path),
    terminal.style('dim', printable(`${duration(durationMs)}, ${token}${agent && `, ${agent}`}`)),
  ].join(' ');
}

function printStart(terminal: Terminal, portal: PortalEmulator): void {
  const { url, workspaceId, token2, env } = portal;
  const { brokers, securityProtocol } = portal.workspaces.get(workspaceId)?.broker ?? {};
  terminal.line(`A Quix Portal for tests, at ${url}. Ctrl-C ends it.`);
  terminal.line(
    `Environment ${workspaceId}; broker ${brokers?.join(', ') ?? ''}, ${securityProtocol ?? ''}.`,
  );
  terminal.line('\nIts tokens are made up and good for nothing else:\n');
  for (const [name, value] of Object.entries(env)) terminal.line(`export ${name}=${value}`);
  terminal.line(`# Token 2: ${token2}\n`);
}

/** `quix-auth emulate` */
export const emulate: Command = {
  name: 'emulate',
  summary: 'a Quix Portal on this machine, to test clients in any language against',
  description: `Serves the Portal API on 127.0.0.1 with random tokens, prints the variables that a client
needs, and logs each request. Needs the package msw. Ctrl-C or SIGTERM ends it with exit code 0.`,
  options: {
    port: { value: 'PORT', help: 'to listen on (default: a free one)' },
    workspace: { value: 'ID', help: 'id of the environment (default org-project-dev)' },
    topic: { value: 'NAME', multiple: true, help: 'a topic that is there; may be repeated' },
    brokers: { value: 'LIST', help: 'host:port,… (default 127.0.0.1:9092)' },
    'security-protocol': { value: 'NAME', help: `${PROTOCOLS.join(', ')} (default SASL_SSL)` },
    mechanism: { value: 'NAME', help: 'SASL mechanism (default SCRAM-SHA-512)' },
    username: { value: 'NAME', help: 'of the broker (default: the id of the environment)' },
    'password-env-var': { value: 'NAME', help: "variable with the broker's password" },
    'password-file': { value: 'PATH', help: 'file with it (default: a random password)' },
    'broker-ca': { value: 'FILE', help: "PEM of the brokers' certificate authority" },
    latency: { value: 'MS', help: 'milliseconds that each answer takes (default 0)' },
  },
  examples: [
    ['quix-auth emulate --port 8080', 'a Portal whose broker is a made-up one'],
    [
      'quix-auth emulate --brokers localhost:9092 --security-protocol PLAINTEXT --topic f1-data',
      'in front of a Kafka on this machine',
    ],
  ],
  async run(call) {
    const { values, io, terminal } = call;
    const isJson = values.has('json');
    const workspaceId = values.text('workspace') ?? 'org-project-dev';
    const broker = await readBroker(call);
    const port = values.number('port', 0, 65_535) ?? 0;
    const latencyMs = values.number('latency', 0, 600_000) ?? 0;
    const { startPortalEmulator } = await loadTesting();
    const options = {
      port,
      latencyMs,
      broker,
      workspaces: [{ workspaceId }],
      topics: values.all('topic'),
      onRequest: (request: RecordedRequest) => {
        terminal.line(isJson ? JSON.stringify({ request }) : requestLine(terminal, request));
      },
    };
    await using portal = await startPortalEmulator(options).catch((error: unknown) => {
      if (errorCode(error) !== 'EADDRINUSE') throw error;
      throw new UsageError(`Port ${port} is taken: choose another one with --port.`);
    });
    const ended = io.untilEnded();
    if (isJson) {
      const { url, env, token2 } = portal;
      terminal.line(JSON.stringify({ ok: true, url, workspaceId, env, token2 }));
    } else printStart(terminal, portal);
    await ended;
    if (!isJson) terminal.line(`Ended after ${portal.requests.length} requests.`);
    return EXIT.ok;
  },
};
