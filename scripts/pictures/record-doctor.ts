import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startPortalEmulator } from 'quix-streams-auth/testing';
import { startKafka } from '../../test/kafka/support/kafka-cluster.ts';
import { portalBroker } from '../../test/kafka/support/portal-broker.ts';
import { describeMeasurement, writeData } from './data.ts';
import type { TerminalData } from './terminal.ts';

const COMMAND = 'npx quix-auth doctor --topic f1-data --group my-service';
/** Width of the terminal. */
const COLUMNS = 96;

/** Runs `quix-auth doctor` in a terminal and writes doctor.json. */
export async function recordDoctor(): Promise<void> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  const kafka = await startKafka();
  const portal = await startPortalEmulator({ topics: ['f1-data'] });
  try {
    portal.setBroker(portalBroker(kafka));
    await kafka.createTopic(`${portal.workspaceId}-f1-data`);
    const command = COMMAND.replace('npx quix-auth', `${process.execPath} dist/cli.js`);
    // script(1) of util-linux starts a terminal. Standard error is discarded, because the spinner writes to it.
    const inTerminal = `stty cols ${COLUMNS} && exec ${command} 2>/dev/null`;
    const child = spawn('script', ['--quiet', '--return', '--command', inTerminal, '/dev/null'], {
      cwd: root,
      env: {
        PATH: process.env['PATH'],
        TERM: 'xterm-256color',
        Quix__Portal__Api: portal.url,
        Quix__Sdk__Token: portal.token1,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`${COMMAND} exited with ${code ?? 'a signal'}:\n${output}`);
    for (const secret of [portal.token1, kafka.user.password]) {
      if (output.includes(secret)) throw new Error('The output contains a secret.');
    }
    const data: TerminalData = {
      measured: `${describeMeasurement()} The Portal is the emulator, and Kafka is an Apache Kafka on the same machine.`,
      command: COMMAND,
      columns: COLUMNS,
      lines: output.replaceAll('\r', '').trimEnd().split('\n'),
    };
    await writeData('doctor', data);
  } finally {
    await portal.close();
    await kafka.stop();
  }
}
