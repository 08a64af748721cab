import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countMessages } from '../kafka/support/kafka-access.ts';
import { kafkaAdmin } from '../kafka/support/kafka-admin.ts';
import { findKafkaLibs } from '../kafka/support/kafka-distribution.ts';
import { portalBroker, type PortalBrokerLogin } from '../kafka/support/portal-broker.ts';
import { sharedKafka } from '../kafka/support/shared-kafka.ts';
import { randomSecret } from '../support/leaks.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { runCli } from './run-cli.ts';

closeAfterEach();

const kafka = sharedKafka();
const run = promisify(execFile);
const topic = `config-${randomUUID()}`;
const username = `config-${randomUUID()}`;
/** Contains characters that the formats must escape. */
const password = `${randomSecret('pw-')} "\\$'#;{}=ü,!%`;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quix-config-'));
  await kafka.createTopic(topic);
  await kafkaAdmin(kafka).setScramPassword('SCRAM-SHA-512', password, username);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Writes the settings of an environment with the real broker to a file. Returns its path. */
async function writeConfig(format: string, login: PortalBrokerLogin): Promise<string> {
  const portal = await startPortal();
  portal.setBroker(portalBroker(kafka, login));
  const path = join(folder, format);
  const args = ['config', '--format', format, '--show-secrets', '--output', path];
  const { code, stderr } = await runCli(args, { env: portal.env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return path;
}

/** Runs one of Kafka's own tools. `name` is the class that the tool's script starts. */
async function runTool(name: string, args: readonly string[], input = ''): Promise<string> {
  const classPath = ['-cp', join(findKafkaLibs(), '*')];
  const tool = run('java', [...classPath, `org.apache.kafka.tools.${name}`, ...args]);
  tool.child.stdin?.end(input);
  return (await tool).stdout;
}

describe('quix-auth config', () => {
  it("writes a file that Debian's kcat uses to produce and consume", async () => {
    // Its librdkafka 2.0.2 cannot use SCRAM with Kafka 4. Pull request 4895 fixed that in 2.6.1.
    const path = await writeConfig('kcat', { mechanism: 'PLAIN' });
    expect(execFileSync('kcat', ['-F', path, '-L', '-t', topic], { encoding: 'utf8' })).toContain(
      `topic "${topic}" with 1 partitions`,
    );
    const before = await countMessages(kafka, topic);
    execFileSync('kcat', ['-F', path, '-P', '-t', topic], { input: 'from kcat\n' });
    expect(await countMessages(kafka, topic)).toBe(before + 1);
    const args = ['-F', path, '-C', '-t', topic, '-o', 'beginning', '-e', '-q'];
    expect(execFileSync('kcat', args, { encoding: 'utf8' })).toContain('from kcat\n');
  });

  it("writes a file that Kafka's own tools use to list topics, produce and consume", async () => {
    const path = await writeConfig('properties', { username, password });
    const bootstrap = ['--bootstrap-server', kafka.bootstrap.saslSsl.join(',')];
    expect(
      await runTool('TopicCommand', [...bootstrap, '--command-config', path, '--list']),
    ).toContain(topic);
    const producer = [...bootstrap, '--producer.config', path, '--topic', topic];
    const before = await countMessages(kafka, topic);
    await runTool('ConsoleProducer', producer, 'from the console\n');
    expect(await countMessages(kafka, topic)).toBe(before + 1);
    const consumer = [...bootstrap, '--consumer.config', path, '--topic', topic];
    const all = ['--from-beginning', '--max-messages', String(before + 1)];
    expect(
      await runTool('consumer.ConsoleConsumer', [...consumer, ...all, '--timeout-ms', '30000']),
    ).toContain('from the console\n');
  });
});
