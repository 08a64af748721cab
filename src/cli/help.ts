import type { Command, CommandOptions } from './command.ts';
import type { Terminal } from './terminal.ts';

const WIDTH = 26;

/** Options with their help in a column of its own. */
function listOptions(terminal: Terminal, options: CommandOptions): void {
  for (const [name, { value, short, help }] of Object.entries(options)) {
    const flag = `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
    terminal.line(`  ${flag.padEnd(WIDTH)} ${help}`);
  }
}

/** What `quix-auth COMMAND --help` prints. */
export function printCommandHelp(
  terminal: Terminal,
  command: Command,
  commonOptions: CommandOptions,
): void {
  const { name, summary, description, options, examples } = command;
  terminal.line(`quix-auth ${name}: ${summary}`);
  terminal.line();
  terminal.line(description);
  const groups = { Options: options, 'Common options': commonOptions };
  for (const [title, each] of Object.entries(groups)) {
    if (Object.keys(each).length === 0) continue;
    terminal.line();
    terminal.line(terminal.style('bold', title));
    listOptions(terminal, each);
  }
  terminal.line();
  terminal.line(terminal.style('bold', 'Examples'));
  for (const [line, what] of examples) {
    terminal.line(`  # ${what}`);
    terminal.line(`  ${line}`);
  }
}

/** What `quix-auth --help` prints. */
export function printHelp(terminal: Terminal, commands: readonly Command[]): void {
  terminal.line('quix-auth: looks at, and hands over, the Kafka connection of a Quix environment.');
  terminal.line();
  terminal.line('Usage: quix-auth COMMAND [OPTIONS]');
  terminal.line();
  terminal.line(terminal.style('bold', 'Commands'));
  for (const { name, summary } of commands) {
    terminal.line(`  ${name.padEnd(10)} ${summary}`);
  }
  terminal.line();
  terminal.line(terminal.style('bold', 'Options'));
  listOptions(terminal, {
    help: { short: 'h', help: 'this help; after a command, that of the command' },
    version: { help: 'the version of quix-streams-auth' },
  });
  terminal.line();
  terminal.line(terminal.style('bold', 'Exit codes'));
  terminal.line('  0 all right, 1 something failed, 2 a wrong command line, 130 Ctrl-C');
  terminal.line();
  terminal.line(terminal.style('bold', 'Examples'));
  for (const { examples } of commands) {
    for (const [line, what] of examples.slice(0, 1))
      terminal.line(`  ${line.padEnd(44)} # ${what}`);
  }
}
