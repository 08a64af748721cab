import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli } from '../cli/run-cli.ts';
import { randomSecret } from '../support/leaks.ts';
import { OfficialClient, type Input } from './official-client.ts';

const password = randomSecret('pw-');
const folder = mkdtempSync(join(tmpdir(), 'quix-parity-'));
const passwordFile = join(folder, 'password');

let official: OfficialClient;
beforeAll(() => {
  writeFileSync(passwordFile, password, { mode: 0o600 });
  official = new OfficialClient();
});
afterAll(() => {
  official.close();
  rmSync(folder, { recursive: true });
});

it('quix-auth emulate serves the official Python client', async () => {
  const end = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    end.signal.addEventListener('abort', () => {
      resolve();
    });
  });
  let output = '';
  const broker = ['--brokers', 'kafka.example:9093', '--username', 'me'];
  const emulator = runCli(
    ['emulate', '--json', '--topic', 'f1-data', ...broker, '--password-file', passwordFile],
    {
      stopped,
      showsSecrets: true, // the emulator prints its tokens for the user
      onStdout: (text) => {
        output += text;
      },
    },
  );
  await expect.poll(() => output, { timeout: 5_000 }).toContain('"token2"');
  const [first = ''] = output.split('\n');
  const { env } = JSON.parse(first) as { env: Record<string, string> };
  const input: Input = {
    portalApi: env['Quix__Portal__Api'] ?? '',
    token: env['Quix__Sdk__Token'] ?? '',
    group: 'my-service',
    transactionalId: 'my-service',
    topic: 'f1-data',
    partitions: 1,
  };
  const { settings, group, topicId } = await official.run(input);
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
