import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { Option, type Command } from 'commander';
import { QuixStreamingClient, type QuixClientOptions } from 'quix-streams-auth';
import { parseBrokerList } from '../credentials/index.ts';
import { parsePortalUrl } from '../portal/index.ts';
import { cleanToken, looksLikeToken } from '../token/index.ts';
import { UsageError } from './errors.ts';
import { certificate } from './files.ts';
import type { Io } from './output.ts';

type Parse = (value: string, option: string) => unknown;

/** Creates an option with a value. A missing value and a token are refused. */
export function valueOption(flags: string, description: string, parse?: Parse): Option {
  const option = new Option(flags, description);
  const name = `--${option.name()}`;
  return option.argParser((value: string) => {
    // Commander takes the next word as the value, even if that word is an option.
    if (value.trim() === '' || value.startsWith('-'))
      throw new UsageError(`${name} needs a value.`);
    if (value.split(/\s/).some(looksLikeToken)) {
      throw new UsageError(`The value of ${name} is a token. Remove it from the command line.`);
    }
    return parse ? parse(value, name) : value;
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

/** Parses a list of brokers. */
export const brokerList: Parse = (value, option) => {
  const brokers = parseBrokerList(value);
  if (brokers) return brokers;
  throw new UsageError(`${option} is not a list of host:port.`);
};

const variableName: Parse = (value, option) => {
  if (/^[^\s=]+$/.test(value)) return value;
  throw new UsageError(`${option} is not the name of a variable.`);
};

const refuseToken = (): never => {
  throw new UsageError(
    'A token is never accepted as an argument, because the list of processes shows arguments. Set Quix__Sdk__Token, or use --token-env-var, --token-file or --token-stdin.',
  );
};

/** Returns the options of the commands that read a token. */
export const tokenOptions = (): Option[] => [
  valueOption('--token-env-var <name>', 'variable that holds the token', variableName),
  valueOption('--token-file <path>', 'file that holds the token'),
  new Option('--token-stdin', 'read the token from stdin'),
  new Option('--token <text>').argParser<never>(refuseToken).hideHelp(),
];

/** Returns the options of the commands that send requests to the Portal. */
export const portalOptions = ({ cwd }: Io): Option[] => [
  valueOption('--portal <url>', 'Portal API, in place of Quix__Portal__Api'),
  valueOption('--workspace <id>', 'environment by id or name, in place of Quix__Workspace__Id'),
  valueOption('--broker-address <list>', 'local brokers without authentication', brokerList),
  valueOption(
    '--timeout <seconds>',
    'limit for an exchange with its retries (default: 30)',
    numberBetween(0.1, 86_400),
  ),
  valueOption('--ca <file>', 'PEM of a certificate authority to trust', certificate(cwd)),
];

type TextOption = 'tokenEnvVar' | 'tokenFile' | 'portal' | 'workspace' | 'ca';

/** Values of {@link tokenOptions} and {@link portalOptions}. */
export interface ClientValues extends Readonly<Partial<Record<TextOption, string>>> {
  readonly tokenStdin?: true;
  readonly brokerAddress?: string[];
  readonly timeout?: number;
}

/** Adds options to a command, and examples to its help. */
export function describeCommand(
  command: Command,
  options: readonly Option[],
  examples: Readonly<Record<string, string>>,
): Command {
  for (const option of options) command.addOption(option);
  const lines = Object.entries(examples).map(([line, purpose]) => `  # ${purpose}\n  ${line}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

async function readStdin({ stdin }: Io): Promise<string> {
  if (stdin.isTTY === true) {
    throw new UsageError('--token-stdin needs a pipe. A typed token would show on the terminal.');
  }
  const token = cleanToken(await text(stdin), '--token-stdin');
  if (!token) throw new UsageError('--token-stdin was given, but stdin is empty.');
  return token.text;
}

/** Converts the values to options of a client. Reads stdin. */
export async function clientOptions(values: ClientValues, io: Io): Promise<QuixClientOptions> {
  const { tokenFile, timeout } = values;
  return {
    token: values.tokenStdin && (await readStdin(io)),
    tokenFile: tokenFile && resolve(io.cwd, tokenFile),
    tokenEnvVar: values.tokenEnvVar,
    portalApi: values.portal,
    workspaceId: values.workspace,
    brokerAddress: values.brokerAddress?.join(','),
    timeoutMs: timeout && timeout * 1_000,
    ca: values.ca,
    env: io.env,
    userAgent: 'quix-auth',
  };
}

/** Creates a client. A wrong Portal URL is reported with the name of the option. */
export function createClient(options: QuixClientOptions): QuixStreamingClient {
  if (options.portalApi !== undefined) parsePortalUrl(options.portalApi, '--portal');
  return new QuixStreamingClient(options);
}
