import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { Option, type Command } from 'commander';
import { QuixStreamingClient, type QuixClientOptions } from 'quix-streams-auth';
import { DEFAULT_PORTAL_API, parsePortalUrl, PORTAL_VARIABLE } from '../portal/index.ts';
import { containsToken } from '../token/index.ts';
import { addBrokerOptions, toBrokerAddress, type BrokerValues } from './broker-options.ts';
import { UsageError } from './errors.ts';
import { certificate, numberBetween, variableName, type PemFile } from './option-parsers.ts';
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
    .option(
      '--token-env-var <name>',
      'variable X that holds the token, or X_FILE its path',
      variableName,
    )
    .option('--token-file <path>', 'file that holds the token')
    .option('--token-stdin', 'read the token from stdin')
    .addOption(refusedTokenOption());

/** Adds the options of the commands that send requests to the Portal. */
export const addPortalOptions = (command: Command, io: Io): Command =>
  addBrokerOptions(addExchangeOptions(addTokenOptions(command), io), io);

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
    .option(
      '--ca <file>',
      'read more CA certificates (PEM) for https from this file',
      certificate(cwd),
    );

type TextOption = 'tokenEnvVar' | 'tokenFile' | 'portal' | 'workspace';

/** Values of the options that {@link addPortalOptions} adds. */
export interface ClientValues extends BrokerValues, Readonly<Partial<Record<TextOption, string>>> {
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
    brokerAddress: toBrokerAddress(values),
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

/** Finds the Portal URL in the order of the client, also if the client could not be created. */
export function findPortalUrl({ portalApi, env = {} }: QuixClientOptions): {
  readonly url: URL;
  readonly source: string;
} {
  const variable = env[PORTAL_VARIABLE]?.trim();
  const [text, source] = portalApi?.trim()
    ? [portalApi, '--portal']
    : variable
      ? [variable, PORTAL_VARIABLE]
      : [DEFAULT_PORTAL_API, 'the default'];
  return { url: parsePortalUrl(text, source), source };
}

export const formatPortalUrl = ({ origin, pathname }: URL): string =>
  `${origin}${pathname === '/' ? '' : pathname}`;
