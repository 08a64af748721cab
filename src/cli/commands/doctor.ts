import { Option, type Command } from 'commander';
import { VERSION } from '../../version.ts';
import { CLIENT_NAMES } from '../doctor/installed-client.ts';
import { runDoctor, type DoctorOptions } from '../doctor/run-doctor.ts';
import { StepRunner, type Outcome, type StepResult } from '../doctor/step-runner.ts';
import { EXIT } from '../errors.ts';
import * as options from '../options.ts';
import { duration, type Context, type Output } from '../output.ts';

type DoctorValues = options.ClientValues & DoctorOptions;

/** Limit for a single network operation. A shorter `--timeout` replaces it. */
const MAX_OPERATION_MS = 10_000;

const MARKS = {
  ok: ['green', '✓'],
  warning: ['yellow', '!'],
  failed: ['red', '✗'],
  skipped: ['dim', '-'],
} as const satisfies Record<Outcome, readonly [style: string, mark: string]>;

const TITLE_WIDTH = 18;
const INDENT = 4;

function printStep(output: Output, result: StepResult): void {
  const { title, outcome, detail, remedy, code = '', warnings, ms } = result;
  const [style, mark] = MARKS[outcome];
  const time = ms > 0 ? output.style('dim', `  ${duration(ms)}`) : '';
  const prefix = code === '' || detail.includes(code) ? '' : `${code}: `;
  const text = outcome === 'skipped' ? output.style('dim', `skipped: ${detail}`) : detail;
  const column = title.length > TITLE_WIDTH ? `${title}:` : title.padEnd(TITLE_WIDTH);
  output.line(`${output.style(style, mark)} ${column} ${prefix}${text}${time}`, 1, INDENT);
  for (const warning of warnings) {
    output.line(`${output.style('yellow', warning.code)}: ${warning.message}`, INDENT);
  }
  if (remedy !== undefined) output.line(`${output.style('cyan', '→')} ${remedy}`, INDENT);
}

function printSummary(output: Output, results: readonly StepResult[], ms: number): void {
  const counts = Object.entries(MARKS).flatMap(([outcome, [style, mark]]) => {
    const number = results.filter((result) => result.outcome === outcome).length;
    return number === 0 ? [] : [`${output.style(style, mark)} ${number} ${outcome}`];
  });
  output.line(`\n${counts.join(', ')} in ${duration(ms)}`);
}

async function run(values: DoctorValues, context: Context): Promise<void> {
  const { io, output } = context;
  const clientOptions = await options.clientOptions(values, io);
  const started = performance.now();
  const steps: StepResult[] = [];
  const timeoutMs = Math.min(clientOptions.timeoutMs ?? Infinity, MAX_OPERATION_MS);
  const runner = new StepRunner(timeoutMs, (result) => {
    const previous = steps.at(-1);
    steps.push(result);
    if (output.isJson) return;
    if (!previous) output.line(`quix-auth ${VERSION}, doctor`);
    if (previous?.group !== result.group) output.line(`\n${output.style('bold', result.group)}`);
    printStep(output, result);
  });
  await output.spin('Checking', () => runDoctor(runner, clientOptions, values, io.cwd));
  const ms = Math.round(performance.now() - started);
  const ok = steps.every(({ outcome }) => outcome !== 'failed');
  if (!output.isJson) printSummary(output, steps, ms);
  else output.json({ ok, version: VERSION, node: process.versions.node, ms, steps });
  if (!ok) context.exitCode = EXIT.failed;
}

export function addDoctor(program: Command, context: Context): Command {
  const command = program
    .command('doctor')
    .summary('check every step from the token to Kafka')
    .description(
      'Looks for the token, connects to the Portal, exchanges the token, and checks DNS, TCP, TLS and a login for each broker. Logs in with the Kafka client of the project that contains this folder. Creates nothing. Continues after a failed step with the steps that do not depend on it. Exits with 1 if a step fails. Warnings do not affect the exit code.',
    )
    .option('--topic <name>', 'check that this topic exists and is visible')
    .option('--group <name>', 'check that this consumer group can be used')
    .addOption(
      new Option('--kafka-client <name>', 'default: the first installed').choices(CLIENT_NAMES),
    )
    .action((values: DoctorValues) => run(values, context));
  return options.addExamples(options.addPortalOptions(command, context.io), {
    'quix-auth doctor': 'the connection that a service would make here',
    'quix-auth doctor --topic f1-data --group my-service': 'also a topic and a consumer group',
    'quix-auth doctor --json | jq .ok': 'for a script',
  });
}
