import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli } from '../cli/run-cli.ts';
import { randomSecret } from '../support/leaks.ts';
import { OfficialClient, type Question } from './official-client.ts';

const password = randomSecret('pw-');
const passwordFile = join(tmpdir(), randomUUID());

let official: OfficialClient;
beforeAll(() => {
  writeFileSync(passwordFile, password, { mode: 0o600 });
  official = new OfficialClient();
});
afterAll(() => {
  official.close();
});

it('quix-auth emulate serves the official Python client', async () => {
  const end = new AbortController();
  const ended = new Promise<void>((resolve) => {
    end.signal.addEventListener('abort', () => {
      resolve();
    });
  });
  let said = '';
  const broker = ['--brokers', 'kafka.example:9093', '--username', 'me'];
  const emulator = runCli(
    ['emulate', '--json', '--topic', 'f1-data', ...broker, '--password-file', passwordFile],
    {
      ended,
      showsSecrets: true, // its made-up tokens are printed to be used
      onStdout: (text) => {
        said += text;
      },
    },
  );
  await expect.poll(() => said, { timeout: 5_000 }).toContain('"token2"');
  const [first = ''] = said.split('\n');
  const { env } = JSON.parse(first) as { env: Record<string, string> };
  const question: Question = {
    portalApi: env['Quix__Portal__Api'] ?? '',
    token: env['Quix__Sdk__Token'] ?? '',
    group: 'my-service',
    transactionalId: 'my-service',
    topic: 'f1-data',
    partitions: 1,
  };
  const { settings, group, topicId } = await official.ask(question);
  expect(settings.value).toMatchObject({
    'bootstrap.servers': 'kafka.example:9093',
    'sasl.username': 'me',
    'sasl.password': password,
  });
  expect({ group, topicId }).toEqual({
    group: { value: 'org-project-dev-my-service' },
    topicId: { value: 'org-project-dev-f1-data' },
  });
  end.abort();
  expect((await emulator).code).toBe(0);
});
