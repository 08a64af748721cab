import { VERSION } from '../../version.ts';
import type { Command } from '../command.ts';
import { clientOptions, PORTAL_OPTIONS, TOKEN_OPTIONS } from '../common-options.ts';
import { Checkup, type StepResult } from '../doctor/checkup.ts';
import { examine } from '../doctor/examine.ts';
import { StepPrinter } from '../doctor/step-printer.ts';
import { CLIENT_NAMES } from '../kafka/kafka-clients.ts';
import { withSpinner } from '../spinner.ts';
import { EXIT } from '../usage-error.ts';

const count = (results: readonly StepResult[], outcome: StepResult['outcome']): number =>
  results.filter((result) => result.outcome === outcome).length;

/** `quix-auth doctor` */
export const doctor: Command = {
  name: 'doctor',
  summary: 'checks every step from the environment to Kafka, and says what to do',
  description: `Looks for the token, reaches for the Portal, exchanges the token, and connects to each
broker: DNS, TCP, TLS, and a real login with the Kafka client that is installed in this folder.
Creates nothing. Goes on after a step that fails, as far as the others can say more. Exit code 1 when
a step failed; warnings are none.`,
  options: {
    topic: { value: 'NAME', help: 'whether this topic exists and may be seen' },
    group: { value: 'NAME', help: 'whether this consumer group may be used' },
    'kafka-client': {
      value: 'NAME',
      help: `${CLIENT_NAMES.join(', ')} (default: the first that is installed)`,
    },
    ...TOKEN_OPTIONS,
    ...PORTAL_OPTIONS,
  },
  examples: [
    ['quix-auth doctor', 'the connection that a service would make here'],
    ['quix-auth doctor --topic f1-data --group my-service', 'and a topic, and a consumer group'],
    ['quix-auth doctor --json | jq .ok', 'for a script'],
  ],
  async run(call) {
    const { values, io, terminal } = call;
    const isJson = values.has('json');
    const kafkaClient = values.choice('kafka-client', CLIENT_NAMES);
    const options = await clientOptions(call);
    const printer = new StepPrinter(terminal, VERSION);
    const started = performance.now();
    const names = { topic: values.text('topic'), group: values.text('group') };
    const steps = await withSpinner(io, 'Checking', async (makeRoom) => {
      const checkup = new Checkup((result) => {
        makeRoom();
        if (!isJson) printer.print(result);
      });
      await examine(checkup, { options, cwd: io.cwd, kafkaClient, ...names });
      return checkup.results;
    });
    const ok = count(steps, 'failed') === 0;
    const ms = Math.round(performance.now() - started);
    if (isJson) {
      const versions = { version: VERSION, node: process.versions.node };
      terminal.line(JSON.stringify({ ok, ...versions, ms, steps }));
    } else printer.printSummary(steps, ms);
    return ok ? EXIT.ok : EXIT.failed;
  },
};
