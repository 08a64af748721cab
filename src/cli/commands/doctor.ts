import { Option, type Command } from 'commander';
import { VERSION } from '../../version.ts';
import { Checkup } from '../doctor/checkup.ts';
import { examine } from '../doctor/examine.ts';
import { printSummary, stepPrinter } from '../doctor/step-printer.ts';
import { EXIT } from '../errors.ts';
import { CLIENT_NAMES, type ClientName } from '../kafka/kafka-clients.ts';
import * as options from '../options.ts';
import type { Context } from '../output.ts';

interface DoctorValues extends options.ClientValues {
  readonly topic?: string;
  readonly group?: string;
  readonly kafkaClient?: ClientName;
}

async function run(values: DoctorValues, context: Context): Promise<void> {
  const { io, output } = context;
  const client = await options.clientOptions(values, io);
  const print = output.isJson ? () => undefined : stepPrinter(output);
  const started = performance.now();
  const checkup = new Checkup(print);
  await output.spin('Checking', () => examine(checkup, client, { cwd: io.cwd, ...values }));
  const { results: steps } = checkup;
  const ms = Math.round(performance.now() - started);
  const ok = steps.every(({ outcome }) => outcome !== 'failed');
  if (!output.isJson) printSummary(output, steps, ms);
  else output.json({ ok, version: VERSION, node: process.versions.node, ms, steps });
  if (!ok) context.exitCode = EXIT.failed;
}

/** Adds the command `quix-auth doctor`. */
export function addDoctor(program: Command, context: Context): Command {
  const command = program
    .command('doctor')
    .summary('check every step from the environment to Kafka')
    .description(
      'Looks for the token, connects to the Portal, exchanges the token, and connects to each broker with DNS, TCP, TLS, and a login with the Kafka client that is installed in this folder. Creates nothing. Continues after a failed step with the steps that do not depend on it. Exits with 1 if a step fails. Warnings do not affect the exit code.',
    )
    .action((values: DoctorValues) => run(values, context));
  const list = [
    options.valueOption('--topic <name>', 'check that this topic exists and is visible'),
    options.valueOption('--group <name>', 'check that this consumer group can be used'),
    new Option('--kafka-client <name>', 'default: the first that is installed').choices(
      CLIENT_NAMES,
    ),
    ...options.tokenOptions(),
    ...options.portalOptions(context.io),
  ];
  return options.describeCommand(command, list, {
    'quix-auth doctor': 'the connection that a service would make here',
    'quix-auth doctor --topic f1-data --group my-service': 'also a topic and a consumer group',
    'quix-auth doctor --json | jq .ok': 'for a script',
  });
}
