import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import type { BrokerCredentials } from 'quix-streams-auth';
import { explainWarning, UsageError, type Explanation } from '../errors.ts';
import { writePrivateFile } from '../files.ts';
import { FORMAT_NAMES, FORMATS, toSettings, toText, type FormatName } from '../formats/index.ts';
import {
  clientOptions,
  createClient,
  describeCommand,
  PORTAL_OPTIONS,
  TOKEN_OPTIONS,
  valueOption,
  type ClientValues,
} from '../options.ts';
import { printable, type Context } from '../output.ts';

interface ConfigValues extends ClientValues {
  readonly format?: FormatName;
  readonly showSecrets?: true;
  readonly output?: string;
  readonly brokerCaFile?: string;
}

/** Writes the CA of the brokers to a file, for tools that need one. Returns the path. */
async function writeCa(
  values: ConfigValues,
  format: FormatName,
  { ca }: BrokerCredentials,
  cwd: string,
): Promise<string | undefined> {
  const { output, brokerCaFile } = values;
  const needsFile = brokerCaFile !== undefined || 'needsCaFile' in FORMATS[format];
  if (ca === undefined || !needsFile) return undefined;
  const file = brokerCaFile ?? (output && `${output}.ca.pem`);
  if (file === undefined) {
    throw new UsageError(
      `${format} reads the brokers' certificate authority from a file. Add --output FILE, which also writes FILE.ca.pem, or --broker-ca-file FILE.`,
    );
  }
  const path = resolve(cwd, file);
  await writePrivateFile(path, ca);
  return path;
}

async function run(values: ConfigValues, { io, output }: Context): Promise<void> {
  const { format = output.isJson ? 'json' : 'librdkafka', showSecrets = false } = values;
  await using quix = createClient(await clientOptions(values, io));
  const warnings: Explanation[] = [];
  quix.on('warning', (warning) => warnings.push(explainWarning(warning)));
  const credentials = await output.spin('Asking the Portal', () => quix.getBrokerCredentials());
  const caFile = await writeCa(values, format, credentials, io.cwd);
  const settings = FORMATS[format].write(toSettings(credentials, showSecrets, caFile));
  const passwordHidden = credentials.sasl !== undefined && !showSecrets;
  if (values.output !== undefined) {
    await writePrivateFile(resolve(io.cwd, values.output), toText(settings));
  }
  if (output.isJson) {
    const written =
      values.output === undefined
        ? { [typeof settings === 'string' ? 'text' : 'settings']: settings }
        : { output: values.output };
    output.json({ ok: true, format, passwordHidden, warnings, ...written });
    return;
  }
  for (const { message } of warnings) output.note(message);
  if (values.output === undefined) output.raw(toText(settings));
  else output.line(`Wrote ${printable(values.output)}. Only you can read the file.`);
  if (passwordHidden) output.note('The password is hidden. Use --show-secrets to show it.');
}

/** Adds the command `quix-auth config`. */
export function addConfig(program: Command, context: Context): Command {
  const formats = FORMAT_NAMES.map((name) => `  ${name.padEnd(11)} ${FORMATS[name].about}`);
  const command = program
    .command('config')
    .summary('print the broker settings for other tools')
    .description('Exchanges the token, and prints the settings that a Kafka client needs.')
    .addHelpText('after', `\nFormats:\n${formats.join('\n')}`)
    .action((values: ConfigValues) => run(values, context));
  const options = [
    new Option('--format <format>', 'format of the settings (default: librdkafka)').choices(
      FORMAT_NAMES,
    ),
    new Option('--show-secrets', 'print the password, which is hidden otherwise'),
    valueOption('-o, --output <file>', 'write to a file that only you can read'),
    valueOption(
      '--broker-ca-file <file>',
      "write the brokers' certificate authority to a file, and refer to the file (librdkafka, env, json, kcat)",
    ),
    ...TOKEN_OPTIONS,
    ...PORTAL_OPTIONS,
  ];
  return describeCommand(command, options, [
    ['quix-auth config --format properties', "for Kafka's own tools, with a hidden password"],
    ['quix-auth config --format kcat --show-secrets --output quix.conf', 'for kcat -F quix.conf'],
    [
      'quix-auth config --format env --show-secrets --output .kafka.env',
      'for a shell: set -a; . ./.kafka.env',
    ],
  ]);
}
