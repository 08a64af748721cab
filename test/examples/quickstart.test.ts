import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startPortalEmulator } from 'quix-streams-auth/testing';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/example.ts', import.meta.url));

async function runStart(env: NodeJS.ProcessEnv): Promise<{ code: unknown; output: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, 'quickstart'], {
    env: { PATH: process.env['PATH'], ...env },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [unknown];
  return { code, output };
}

it('npm start shows an exchange, a rotation and the error for a deactivated token', async () => {
  // Variables that are set for other programs have no effect.
  const { code, output } = await runStart({
    Quix__Workspace__Id: 'other',
    Quix__Broker__Address: 'localhost:9092',
  });
  expect(code, output).toBe(0);
  expect(output).toMatch(/source: 'Quix__Sdk__Token'/);
  expect(output).toMatch(/requests so far: 0/);
  expect(output).toMatch(/exchanges: 1, requests to \S+: 2/);
  expect(output).toMatch(/password: '\[hidden\]'/);
  expect(output).toMatch(/event "rotated": from Quix__Sdk__Token to fallbackToken/);
  expect(output).toMatch(/QUIX_TOKEN_REJECTED/);
  expect(output).not.toMatch(/sdk-[0-9a-f]{8}/);
});

it('npm start only reads from the Portal of Quix__Sdk__Token, if that variable is set', async () => {
  await using portal = await startPortalEmulator();
  const { code, output } = await runStart(portal.env);
  expect(code, output).toBe(0);
  expect(output).toMatch(/using your own Portal, read-only/);
  expect(output).toMatch(/requests so far: 0/);
  expect(output).toMatch(/QUIX_TOKEN_REJECTED/);
  expect(output).not.toMatch(/sdk-[0-9a-f]{8}/);
  expect(portal.requests.map(({ method, status }) => `${method} ${status}`)).toEqual([
    'GET 200',
    'GET 200',
    'GET 401',
  ]);
});
