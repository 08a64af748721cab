import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { QuixStreamingClient, type QuixClientOptions } from 'quix-streams-auth';
import { decodeCa, parseBrokerList } from '../credentials/index.ts';
import { parsePortalUrl } from '../portal/index.ts';
import { errorCode } from '../sanitize-error.ts';
import { containsToken } from '../token/index.ts';
import { UsageError } from './errors.ts';
import type { Io } from './output.ts';

/** Makes an option reject a value that is blank, contains a token, or is another option. */
export function checkValue(option: Option): void {
  const { parseArg } = option;
  const name = `--${option.name()}`;
  option.argParser((value, previous: unknown) => {
    // Commander takes the next word as the value, even if that word is an option.
    if (value.trim() === '' || value.startsWith('-')) {
      throw new UsageError(`${name} needs a value.`);
    }
    if (containsToken(value)) {
      throw new UsageError(
        `The value of ${name} contains a token. Remove it from the command line.`,
      );
    }
    return parseArg ? parseArg(value, previous) : value;
  });
}

/** Returns a parser for numbers from `least` to `most`. */
export function numberBetween(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It is not a number from ${least} to ${most}.`);
  };
}

export function brokerList(value: string): string[] {
  const brokers = parseBrokerList(value);
  if (brokers) return brokers;
  throw new InvalidArgumentError('It is not a list of host:port.');
}

/** Checks a list of brokers. Returns it as text, because the client parses it again. */
function brokerAddress(value: string): string {
  brokerList(value);
  return value;
}

/** Returns a parser for the path of a file. The value is the content of the file. */
export const fileContent = (cwd: string) => (path: string) => {
  try {
    return readFileSync(resolve(cwd, path), 'utf8');
  } catch (error) {
    const problem = `cannot be read (${errorCode(error) ?? 'error'})`;
    throw new InvalidArgumentError(`The file ${path} ${problem}.`);
  }
};

/** Returns a parser for the name of a variable. The value is the content of the variable. */
export const variableContent = (env: Io['env']) => (name: string) => {
  const value = env[name];
  if (value?.trim()) return value;
  throw new InvalidArgumentError('The variable is not set.');
};

/** Parser for an option that can be repeated. */
export const append = (value: string, values: string[] = []): string[] => [...values, value];

/** A file with certificates in PEM format. */
export interface PemFile {
  readonly path: string;
  readonly pem: string;
}

/** Returns a parser for the path of a PEM file. */
export const certificate =
  (cwd: string) =>
  (path: string): PemFile => {
    const pem = fileContent(cwd)(path);
    if (pem.includes('-----BEGIN') && decodeCa(pem) !== undefined) return { path, pem };
    throw new InvalidArgumentError(`The file ${path} does not contain a PEM certificate.`);
  };

/** Parses the name of a variable. */
export function variableName(value: string): string {
  if (/^[^\s=]+$/.test(value)) return value;
  throw new InvalidArgumentError('It is not the name of a variable.');
}

function refuseToken(): never {
  throw new UsageError(
    'A token is never accepted as an argument, because the list of processes shows arguments. Set Quix__Sdk__Token, or use --token-env-var, --token-file or --token-stdin.',
  );
}

/** Returns the option with which no command accepts a token. */
export const refusedTokenOption = (): Option =>
  new Option('--token <text>').argParser<never>(refuseToken).hideHelp();

/** Adds the options of the commands that read a token. */
export const addTokenOptions = (command: Command): Command =>
  command
    .option('--token-env-var <name>', 'variable that holds the token', variableName)
    .option('--token-file <path>', 'file that holds the token')
    .option('--token-stdin', 'read the token from stdin')
    .addOption(refusedTokenOption());

/** Adds the options of the commands that send requests to the Portal. */
export const addPortalOptions = (command: Command, io: Io): Command =>
  addExchangeOptions(addTokenOptions(command), io).option(
    '--broker-address <list>',
    'local brokers without authentication',
    brokerAddress,
  );

/** Adds the options that choose the Portal and the environment, and limit an exchange. */
export const addExchangeOptions = (command: Command, { cwd }: Io): Command =>
  command
    .option('--portal <url>', 'Portal API, in place of Quix__Portal__Api')
    .option('--workspace <id>', 'environment by id or name, in place of Quix__Workspace__Id')
    .option(
      '--timeout <seconds>',
      'limit for an exchange with its retries (default: 30)',
      numberBetween(0.1, 86_400),
    )
    .option('--ca <file>', 'PEM of a certificate authority to trust', certificate(cwd));

type TextOption = 'tokenEnvVar' | 'tokenFile' | 'portal' | 'workspace' | 'brokerAddress';

/** Values of the options that {@link addPortalOptions} adds. */
export interface ClientValues extends Readonly<Partial<Record<TextOption, string>>> {
  readonly tokenStdin?: true;
  readonly timeout?: number;
  readonly ca?: PemFile;
}

/** Adds examples to the help of a command. The keys are command lines. */
export function addExamples(command: Command, examples: Readonly<Record<string, string>>): Command {
  const lines = Object.entries(examples).map(([line, purpose]) => `  # ${purpose}\n  ${line}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

async function readStdin({ stdin }: Io): Promise<string> {
  if (stdin.isTTY === true) {
    throw new UsageError('--token-stdin needs a pipe. A typed token would show on the terminal.');
  }
  const token = await text(stdin);
  if (token.trim() === '') throw new UsageError('--token-stdin was given, but stdin is empty.');
  return token;
}

/** Converts the values to options of a client. Reads the token from stdin if requested. */
export async function clientOptions(values: ClientValues, io: Io): Promise<QuixClientOptions> {
  const { tokenFile, timeout } = values;
  return {
    token: values.tokenStdin && (await readStdin(io)),
    tokenFile: tokenFile && resolve(io.cwd, tokenFile),
    tokenEnvVar: values.tokenEnvVar,
    portalApi: values.portal,
    workspaceId: values.workspace,
    brokerAddress: values.brokerAddress,
    timeoutMs: timeout && timeout * 1_000,
    ca: values.ca?.pem,
    env: io.env,
    userAgent: 'quix-auth',
  };
}

/** Creates a client. Its own error for a wrong Portal URL would not name the option `--portal`. */
export function createClient(options: QuixClientOptions): QuixStreamingClient {
  if (options.portalApi !== undefined) parsePortalUrl(options.portalApi, '--portal');
  return new QuixStreamingClient(options);
}
