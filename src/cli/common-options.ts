import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { QuixClientOptions } from 'quix-streams-auth';
import { errorCode } from '../sanitize-error.ts';
import type { Call, CommandOptions } from './command.ts';
import { UsageError } from './usage-error.ts';

/** Options of each command that looks for a token. */
export const TOKEN_OPTIONS: CommandOptions = {
  'token-env-var': {
    value: 'NAME',
    help: 'variable that holds the token, before Quix__Sdk__Token',
  },
  'token-file': { value: 'PATH', help: 'file that holds the token' },
  'token-stdin': {
    help: 'read the token from stdin; never an argument, which the list of processes would show',
  },
};

/** Options of each command that asks the Portal. */
export const PORTAL_OPTIONS: CommandOptions = {
  portal: { value: 'URL', help: 'Portal API, before Quix__Portal__Api' },
  workspace: { value: 'ID', help: 'environment by id or name, before Quix__Workspace__Id' },
  'broker-address': {
    value: 'HOST:PORT',
    help: 'local broker without authentication, before Quix__Broker__Address',
  },
  timeout: { value: 'SECONDS', help: 'for a whole exchange, retries included (default 30)' },
  ca: { value: 'FILE', help: 'PEM of a certificate authority to trust, for a private Portal' },
};

/** Options of every command. */
export const GENERAL_OPTIONS: CommandOptions = {
  json: { help: 'JSON on stdout, for programs' },
  help: { short: 'h', help: 'this help' },
};

/** A day: more is a mistake. */
const MAX_TIMEOUT_S = 86_400;

/** @throws UsageError when it cannot be read */
export async function readGivenFile(option: string, path: string, cwd: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, path), 'utf8');
  } catch (error) {
    throw new UsageError(
      `The file of --${option} cannot be read (${errorCode(error) ?? 'error'}).`,
    );
  }
}

async function readStdin({ io }: Call): Promise<string> {
  if (io.stdin.isTTY === true) {
    throw new UsageError('--token-stdin wants the token piped in, not typed where it would show.');
  }
  const token = await text(io.stdin);
  if (token.trim() === '') throw new UsageError('--token-stdin was given, but stdin is empty.');
  return token;
}

/** What the common options say, for a client. Reads stdin, so it is to be called once. */
export async function clientOptions(call: Call): Promise<QuixClientOptions> {
  const { values, io } = call;
  const timeout = values.number('timeout', 0.1, MAX_TIMEOUT_S);
  const ca = values.text('ca');
  const tokenFile = values.text('token-file');
  return {
    token: values.has('token-stdin') ? await readStdin(call) : undefined,
    tokenFile: tokenFile && resolve(io.cwd, tokenFile),
    tokenEnvVar: values.text('token-env-var'),
    portalApi: values.text('portal'),
    workspaceId: values.text('workspace'),
    brokerAddress: values.text('broker-address'),
    timeoutMs: timeout && timeout * 1_000,
    ca: ca && (await readGivenFile('ca', ca, io.cwd)),
    env: io.env,
    userAgent: 'quix-auth',
  };
}
