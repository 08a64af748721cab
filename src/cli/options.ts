import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { Option, type Command } from 'commander';
import { QuixStreamingClient, type QuixClientOptions } from 'quix-streams-auth';
import { parseBrokerList } from '../credentials/broker-list.ts';
import { parsePortalUrl } from '../portal/portal-url.ts';
import { cleanToken } from '../token/clean-token.ts';
import { looksLikeToken } from '../token/looks-like-token.ts';
import { UsageError } from './errors.ts';
import { readCertificate } from './files.ts';
import type { Io } from './output.ts';

/** Converts the text of an option. Called with the values of the option so far. */
type Parse = (value: string, option: string, previous: unknown) => unknown;

/** Creates an option that has a value. A missing value and a token are refused. */
export function valueOption(flags: string, description: string, parse?: Parse): Option {
  const option = new Option(flags, description);
  const name = `--${option.name()}`;
  return option.argParser((value: string, previous: unknown) => {
    // Commander takes the next word as the value, even if that word is an option.
    if (value.trim() === '' || value.startsWith('-'))
      throw new UsageError(`${name} needs a value.`);
    if (value.split(/\s/).some(looksLikeToken)) {
      throw new UsageError(`The value of ${name} is a token. Remove it from the command line.`);
    }
    return parse ? parse(value, name, previous) : value;
  });
}

/** Returns a parser for numbers from `least` to `most`. */
export function numberBetween(least: number, most: number): Parse {
  return (value, option) => {
    const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
    if (number >= least && number <= most) return number;
    throw new UsageError(`${option} is not a number from ${least} to ${most}.`);
  };
}

/** Checks a list of brokers, and leaves it as it is. */
export const brokerList: Parse = (value, option) => {
  if (parseBrokerList(value)) return value;
  throw new UsageError(`${option} is not a list of host:port.`);
};

/** Checks the name of a variable. */
export const variableName: Parse = (value, option) => {
  if (/^[^\s=]+$/.test(value)) return value;
  throw new UsageError(`${option} is not the name of a variable.`);
};

/** Adds options to a command, and examples to its help. */
export function describeCommand(
  command: Command,
  options: readonly Option[],
  examples: readonly (readonly [line: string, purpose: string])[],
): Command {
  for (const option of options) command.addOption(option);
  const lines = examples.map(([line, purpose]) => `  # ${purpose}\n  ${line}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

const refuseToken = (): never => {
  throw new UsageError(
    'A token is never accepted as an argument, because the list of processes shows arguments. Set Quix__Sdk__Token, or use --token-env-var, --token-file or --token-stdin.',
  );
};

/** Options of the commands that read a token. */
export const TOKEN_OPTIONS: readonly Option[] = [
  valueOption(
    '--token-env-var <name>',
    'variable that holds the token, preferred to Quix__Sdk__Token',
    variableName,
  ),
  valueOption('--token-file <path>', 'file that holds the token'),
  new Option('--token-stdin', 'read the token from stdin'),
  new Option('--token <text>').argParser<never>(refuseToken).hideHelp(),
];

/** Options of the commands that send requests to the Portal. */
export const PORTAL_OPTIONS: readonly Option[] = [
  valueOption('--portal <url>', 'Portal API, preferred to Quix__Portal__Api'),
  valueOption(
    '--workspace <id>',
    'id or name of the environment, preferred to Quix__Workspace__Id',
  ),
  valueOption(
    '--broker-address <host:port>',
    'local broker without authentication, preferred to Quix__Broker__Address',
    brokerList,
  ),
  valueOption(
    '--timeout <seconds>',
    'limit for an exchange with its retries (default: 30)',
    numberBetween(0.1, 86_400),
  ),
  valueOption('--ca <file>', 'PEM of a certificate authority to trust, for a private Portal'),
];

/** Values of {@link TOKEN_OPTIONS} and {@link PORTAL_OPTIONS}. */
export interface ClientValues {
  readonly tokenEnvVar?: string;
  readonly tokenFile?: string;
  readonly tokenStdin?: true;
  readonly portal?: string;
  readonly workspace?: string;
  readonly brokerAddress?: string;
  readonly timeout?: number;
  readonly ca?: string;
}

async function readStdin({ stdin }: Io): Promise<string> {
  if (stdin.isTTY === true) {
    throw new UsageError('--token-stdin needs a pipe. A typed token would show on the terminal.');
  }
  const token = cleanToken(await text(stdin), '--token-stdin');
  if (!token) throw new UsageError('--token-stdin was given, but stdin is empty.');
  return token.text;
}

/** Converts the values to options of a client. Reads stdin and the file of --ca. */
export async function clientOptions(values: ClientValues, io: Io): Promise<QuixClientOptions> {
  const { tokenFile, timeout, ca } = values;
  return {
    token: values.tokenStdin && (await readStdin(io)),
    tokenFile: tokenFile && resolve(io.cwd, tokenFile),
    tokenEnvVar: values.tokenEnvVar,
    portalApi: values.portal,
    workspaceId: values.workspace,
    brokerAddress: values.brokerAddress,
    timeoutMs: timeout && timeout * 1_000,
    ca: ca && (await readCertificate('--ca', ca, io.cwd)),
    env: io.env,
    userAgent: 'quix-auth',
  };
}

/**
 * Creates a client.
 *
 * @throws QuixError `QUIX_CONFIG`, `QUIX_TOKEN_MISSING` or `QUIX_TOKEN_INVALID`
 */
export function createClient(options: QuixClientOptions): QuixStreamingClient {
  // The client would call the option by its name in the library.
  if (options.portalApi !== undefined) parsePortalUrl(options.portalApi, '--portal');
  return new QuixStreamingClient(options);
}
