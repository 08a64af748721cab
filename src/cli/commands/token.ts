import type { Command } from 'commander';
import { explainWarning } from '../errors.ts';
import { addExamples, addTokenOptions, clientOptions, type ClientValues } from '../options.ts';
import { printable, type Context } from '../output.ts';
import { describeToken, lookUpToken, sourceName } from '../token-lookup.ts';

async function run(values: ClientValues, { io, output }: Context): Promise<void> {
  const lookup = await lookUpToken(await clientOptions(values, io));
  const { token, places } = lookup;
  const warnings = lookup.warnings.map(explainWarning);
  if (output.isJson) {
    const source = sourceName(token.source);
    output.json({ ok: true, ...token.describe(), source, places, warnings });
    return;
  }
  for (const [title, text] of Object.entries(describeToken(lookup))) {
    output.line(`${output.style('bold', title.padEnd(12))} ${printable(text)}`, 0, 13);
  }
  for (const { code, message } of warnings) {
    output.line(`${output.style('yellow', `! ${code}`)} ${printable(message)}`, 0, 2);
  }
}

export function addToken(program: Command, context: Context): Command {
  const command = program
    .command('token')
    .summary('print kind, fingerprint, source and expiry of the token')
    .description('Looks for the token as a client does. Sends nothing, and never prints the token.')
    .action((values: ClientValues) => run(values, context));
  return addExamples(addTokenOptions(command), {
    'quix-auth token': 'the token in Quix__Sdk__Token',
    'quix-auth token --token-file /run/secrets/quix --json': 'the token in a file, for a script',
    'pass quix/dev | quix-auth token --token-stdin': 'the token from a password manager',
  });
}
