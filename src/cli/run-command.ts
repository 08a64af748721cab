import { QuixError } from 'quix-streams-auth';
import { sanitizeError } from '../sanitize-error.ts';
import { VERSION } from '../version.ts';
import type { Command } from './command.ts';
import { inCommandWords } from './command-words.ts';
import { config } from './commands/config.ts';
import { doctor } from './commands/doctor.ts';
import { emulate } from './commands/emulate.ts';
import { token } from './commands/token.ts';
import { GENERAL_OPTIONS } from './common-options.ts';
import { printCommandHelp, printHelp } from './help.ts';
import type { Io } from './io.ts';
import { parseArguments, quoteWord, suggestion } from './parse-arguments.ts';
import { printable, Terminal } from './terminal.ts';
import { EXIT, UsageError } from './usage-error.ts';

const COMMANDS: readonly Command[] = [doctor, config, token, emulate];

function findCommand(name: string): Command {
  const command = COMMANDS.find((each) => each.name === name);
  if (command) return command;
  const names = COMMANDS.map((each) => each.name);
  const near = suggestion(name, names) || ` Commands are ${names.join(', ')}.`;
  throw new UsageError(`There is no command ${quoteWord(name)}.${near}`);
}

async function dispatch(args: readonly string[], io: Io): Promise<number> {
  const terminal = new Terminal(io);
  const [name, ...others] = args;
  if (name === undefined || name === 'help' || name.startsWith('-')) {
    if (name === '--version') {
      terminal.line(VERSION);
      return EXIT.ok;
    }
    const about = name === 'help' ? others[0] : undefined;
    if (about !== undefined) printCommandHelp(terminal, findCommand(about), GENERAL_OPTIONS);
    else {
      if (name?.startsWith('-')) {
        parseArguments(args, { help: GENERAL_OPTIONS['help'] ?? { help: '' } });
      }
      printHelp(terminal, COMMANDS);
    }
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const command = findCommand(name);
  const values = parseArguments(others, { ...command.options, ...GENERAL_OPTIONS });
  if (values.has('help')) {
    printCommandHelp(terminal, command, GENERAL_OPTIONS);
    return EXIT.ok;
  }
  return await command.run({ values, io, terminal });
}

/** Tells an error in one line on stderr, or as JSON on stdout where that was asked for. */
function tell(error: unknown, isJson: boolean, { stdout, stderr }: Io): number {
  const isUsage = error instanceof UsageError;
  const isOurs = isUsage || error instanceof QuixError;
  const message = isOurs
    ? inCommandWords(error.message)
    : `It failed: ${String(sanitizeError(error))}`;
  const code = error instanceof QuixError ? error.code : undefined;
  if (isJson) stdout.write(`${JSON.stringify({ ok: false, error: { code, message } })}\n`);
  else stderr.write(`quix-auth: ${code === undefined ? '' : `${code}: `}${printable(message)}\n`);
  return isUsage ? EXIT.usage : EXIT.failed;
}

/** Runs the command line. Never rejects; resolves to the exit code. */
export async function runCommand(args: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(args, io);
  } catch (error) {
    return tell(error, args.includes('--json'), io);
  }
}
