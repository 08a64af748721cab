import { Command, CommanderError, Option } from 'commander';
import { VERSION } from '../version.ts';
import { addConfig } from './commands/config.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEmulate } from './commands/emulate.ts';
import { addRotation } from './commands/rotation.ts';
import { addToken } from './commands/token.ts';
import { addVerify } from './commands/verify.ts';
import { EXIT, explain, UsageError } from './errors.ts';
import { checkValue } from './options.ts';
import { Output, type Context, type Io } from './output.ts';

const MISSING_COMMAND =
  'Name a command: doctor, config, token, rotation, verify or emulate. See --help.';

const EXIT_CODES = `
Exit codes:
  0    success
  1    a failure
  2    a wrong command line, an unusable file, or a port in use
  130  Ctrl-C, except for emulate`;

/** Words that a message may repeat. A word with digits may be a secret in the wrong place. */
const HARMLESS_WORD = /^-{0,2}[A-Za-z][A-Za-z-]{0,30}$/;

function createProgram(context: Context): Command {
  const { output } = context;
  const program = new Command('quix-auth')
    .description('Inspects the Kafka connection of a Quix environment, and exports its settings.')
    .usage('COMMAND [options]')
    .helpOption('-h, --help', 'print help, also for a command')
    .helpCommand('help [command]', 'print help for a command')
    .version(VERSION, '--version', 'print the version of quix-streams-auth')
    .addOption(new Option('--json').hideHelp())
    .configureHelp({ styleTitle: (title) => output.style('bold', title) })
    .configureOutput({
      writeOut: (text) => {
        output.raw(text);
      },
      writeErr: () => undefined, // report() prints errors
      getOutHelpWidth: () => output.columns,
      getOutHasColors: () => output.hasColours,
    })
    .exitOverride()
    .addHelpText('after', EXIT_CODES);
  for (const addCommand of [addDoctor, addConfig, addToken, addRotation, addVerify, addEmulate]) {
    const { options } = addCommand(program, context).option('--json', 'print JSON on stdout');
    // The hidden option --token rejects every value itself.
    for (const option of options) if (option.required && !option.hidden) checkValue(option);
  }
  return program;
}

/** Returns commander's message without words that may be secrets. Commander quotes each word. */
function usageMessage(message: string, args: readonly string[]): string {
  let text = message.replace(/^error: /, '');
  for (const word of args.filter((each) => !HARMLESS_WORD.test(each))) {
    const [name = '', value = ''] = word.split(/=(.*)/s);
    text = text.replaceAll(`'${word}'`, HARMLESS_WORD.test(name) ? `'${name}=…'` : "'…'");
    text = text.replaceAll(`'${value}'`, "'…'");
  }
  return text.replaceAll('\n', ' ');
}

/** Prints an error, and returns the exit code. */
function report(error: unknown, output: Output): number {
  const { code, message, hint } = explain(error);
  const isUsage = error instanceof UsageError;
  if (output.isJson) output.json({ ok: false, error: { code, message, hint } });
  else output.note(`${isUsage ? '' : `${code}: `}${message}`, hint);
  return isUsage ? EXIT.usage : EXIT.failed;
}

/** Runs the command line, and resolves to the exit code. Never rejects. */
export async function runProgram(args: readonly string[], io: Io): Promise<number> {
  const output = new Output(io, args.includes('--json'));
  const context: Context = { io, output, exitCode: EXIT.ok };
  try {
    await createProgram(context).parseAsync(args, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return report(error, output);
    if (error.exitCode === 0) return EXIT.ok; // --help or --version
    const isMissing = error.code === 'commander.help';
    const message = isMissing ? MISSING_COMMAND : usageMessage(error.message, args);
    return report(new UsageError(message), output);
  }
}
