import { resolve } from 'node:path';
import { QuixStreamingClient, type BrokerCredentials } from 'quix-streams-auth';
import type { Call, Command } from '../command.ts';
import { inCommandWords } from '../command-words.ts';
import { clientOptions, PORTAL_OPTIONS, TOKEN_OPTIONS } from '../common-options.ts';
import { FORMAT_NAMES, FORMATS, toSettings, type FormatName } from '../formats/index.ts';
import { writePrivateFile } from '../private-file.ts';
import { withSpinner } from '../spinner.ts';
import { printable } from '../terminal.ts';
import { EXIT, UsageError } from '../usage-error.ts';

async function getCredentials(call: Call): Promise<BrokerCredentials> {
  await using quix = new QuixStreamingClient(await clientOptions(call));
  quix.on('warning', ({ message }) => {
    call.io.stderr.write(`quix-auth: ${printable(inCommandWords(message))}\n`);
  });
  return await withSpinner(call.io, 'Asking the Portal', () => quix.getBrokerCredentials());
}

/** Where the brokers' CA goes, for a tool that takes it from a file alone. */
async function writeCa(
  { values, io }: Call,
  format: FormatName,
  { ca }: BrokerCredentials,
): Promise<string | undefined> {
  const output = values.text('output');
  const given = values.text('broker-ca-file') ?? (output && `${output}.ca.pem`);
  const needsFile = 'needsCaFile' in FORMATS[format] || values.has('broker-ca-file');
  if (ca === undefined || !needsFile) return undefined;
  if (given === undefined) {
    throw new UsageError(
      `${format} reads the brokers' certificate authority from a file alone: add --output FILE, which gets FILE.ca.pem beside it, or --broker-ca-file FILE.`,
    );
  }
  const path = resolve(io.cwd, given);
  await writePrivateFile(path, ca);
  return path;
}

/** `quix-auth config` */
export const config: Command = {
  name: 'config',
  summary: 'prints the broker settings for other tools',
  description: `Exchanges the token and prints what a Kafka client needs. Passwords are hidden
unless --show-secrets is given. Formats:

${FORMAT_NAMES.map((name) => `  ${name.padEnd(11)} ${FORMATS[name].about}`).join('\n')}`,
  options: {
    format: { value: 'FORMAT', help: `${FORMAT_NAMES.join(', ')} (default librdkafka)` },
    'show-secrets': { help: 'print the password, too' },
    output: { value: 'FILE', short: 'o', help: 'write to a file that only you may read' },
    'broker-ca-file': {
      value: 'FILE',
      help: "write the brokers' CA to a file, and refer to that (librdkafka, env, json, kcat)",
    },
    ...TOKEN_OPTIONS,
    ...PORTAL_OPTIONS,
  },
  examples: [
    ['quix-auth config --format properties', "for Kafka's own tools, password hidden"],
    [
      'quix-auth config --format kcat --show-secrets --output quix.conf && kcat -F quix.conf -L',
      'lists what is on the broker',
    ],
    [
      'quix-auth config --format env --show-secrets --output .kafka.env',
      'for a shell: set -a; . ./.kafka.env',
    ],
  ],
  async run(call) {
    const { values, io, terminal } = call;
    const format =
      values.choice('format', FORMAT_NAMES) ?? (values.has('json') ? 'json' : 'librdkafka');
    const credentials = await getCredentials(call);
    const showSecrets = values.has('show-secrets');
    const caFile = await writeCa(call, format, credentials);
    const text = FORMATS[format].write(toSettings(credentials, showSecrets, caFile));
    const output = values.text('output');
    if (output === undefined) io.stdout.write(text);
    else {
      await writePrivateFile(resolve(io.cwd, output), text);
      terminal.line(`Written to ${printable(output)}, readable by you alone.`);
    }
    if (credentials.sasl && !showSecrets) {
      io.stderr.write('quix-auth: The password is hidden; --show-secrets shows it.\n');
    }
    return EXIT.ok;
  },
};
