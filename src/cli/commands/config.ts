import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import type { BrokerCredentials } from 'quix-streams-auth';
import { explainWarning, UsageError, type Explanation } from '../errors.ts';
import { FORMAT_NAMES, FORMATS, toSettings, toText, type FormatName } from '../formats.ts';
import * as options from '../options.ts';
import { printable, type Context } from '../output.ts';
import { assertReplaceable, writePrivateFile } from '../private-file.ts';

interface ConfigValues extends options.ClientValues {
  readonly format?: FormatName;
  readonly showSecrets?: true;
  readonly output?: string;
  readonly brokerCaFile?: string;
}

/** Returns the path of the file for the brokers' CA, if the format or an option needs the file. */
function findCaFile(
  { output, brokerCaFile }: ConfigValues,
  format: FormatName,
  { ca }: BrokerCredentials,
  cwd: string,
): string | undefined {
  const needsFile = brokerCaFile !== undefined || 'needsCaFile' in FORMATS[format];
  if (ca === undefined || !needsFile) return undefined;
  const file = brokerCaFile ?? (output && `${output}.ca.pem`);
  if (file !== undefined) return resolve(cwd, file);
  throw new UsageError(
    `${format} reads the brokers' certificate authority from a file. Add --output FILE, which also writes FILE.ca.pem, or --broker-ca-file FILE.`,
  );
}

async function run(values: ConfigValues, { io, output }: Context): Promise<void> {
  const { format = output.isJson ? 'json' : 'librdkafka', output: file } = values;
  await using quix = options.createClient(await options.clientOptions(values, io));
  const warnings: Explanation[] = [];
  quix.on('warning', (warning) => warnings.push(explainWarning(warning)));
  const credentials = await output.spin('Asking the Portal', () => quix.getBrokerCredentials());
  const showSecrets = values.showSecrets === true;
  const caFile = findCaFile(values, format, credentials, io.cwd);
  const settings = toSettings(credentials, showSecrets, caFile);
  const content = FORMATS[format].write(settings);
  const path = file === undefined ? undefined : resolve(io.cwd, file);
  if (path !== undefined && path === caFile) {
    throw new UsageError('--output and --broker-ca-file name the same file.');
  }
  // All checks come before the first write, so that a failed check leaves no file behind.
  if (caFile !== undefined) assertReplaceable(caFile);
  if (path !== undefined) assertReplaceable(path);
  if (caFile !== undefined) writePrivateFile(caFile, credentials.ca ?? '');
  if (path !== undefined) writePrivateFile(path, toText(content));
  const otherSettings = Object.keys({ ...settings.settings, ...settings.secretSettings });
  if ('omitsOtherSettings' in FORMATS[format] && otherSettings.length > 0) {
    const message = `The format ${format} does not contain these broker settings: ${otherSettings.join(', ')}.`;
    warnings.push({ code: 'BROKER_SETTING_IGNORED', message });
  }
  const hasSecrets = settings.sasl !== undefined || settings.secretSettings !== undefined;
  const passwordHidden = hasSecrets && !showSecrets;
  if (output.isJson) {
    const inline = typeof content === 'string' ? { text: content } : { settings: content };
    const result = file === undefined ? inline : { output: file };
    output.json({ ok: true, format, passwordHidden, warnings, ...result });
    return;
  }
  for (const { message } of warnings) output.note(message);
  if (file === undefined) output.raw(toText(content));
  else output.line(`Wrote ${printable(file)}. Only you can read the file.`);
  if (passwordHidden) output.note('The password is hidden. Use --show-secrets to show it.');
}

export function addConfig(program: Command, context: Context): Command {
  const formats = FORMAT_NAMES.map((name) => `  ${name.padEnd(11)} ${FORMATS[name].about}`);
  const command = program
    .command('config')
    .summary('print the broker settings for other tools')
    .description('Exchanges the token, and prints the settings that a Kafka client needs.')
    .addOption(
      new Option('--format <name>', 'default: librdkafka, or json with --json').choices(
        FORMAT_NAMES,
      ),
    )
    .option('--show-secrets', 'print the password, which is hidden otherwise')
    .option('-o, --output <file>', 'write to a file that only you can read')
    .option('--broker-ca-file <file>', "write the brokers' CA certificate to this file, too")
    .addHelpText('after', `\nFormats:\n${formats.join('\n')}`)
    .action((values: ConfigValues) => run(values, context));
  return options.addExamples(options.addPortalOptions(command, context.io), {
    'quix-auth config --format properties': "for Kafka's own tools, with a hidden password",
    'quix-auth config --format kcat --show-secrets -o quix.conf': 'for kcat -F quix.conf',
    'quix-auth config --format env --show-secrets -o .kafka.env':
      'for a shell, with set -a; . ./.kafka.env',
  });
}
