import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { startPortalEmulator } from '../../src/testing/index.ts';
import { codeOf } from '../support/readme-snippets.ts';

it('the first two snippets of the README obtain broker credentials from an empty folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'quix-readme-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  await using portal = await startPortalEmulator();
  // Installs the tarball instead of the published package, and replaces the dots with a token.
  const commands = codeOf('install')
    .replace('quix-streams-auth', inject('tarball'))
    .replace('…', portal.token1);
  expect(commands).toContain(`export Quix__Sdk__Token=${portal.token1}`);
  const shell = (script: string): [string, string[], object] => [
    'bash',
    ['-ec', script],
    { cwd: folder, env: { PATH: process.env['PATH'], HOME: process.env['HOME'] } },
  ];
  execFileSync(...shell(`npm_config_audit=false; export npm_config_audit; ${commands}`));

  writeFileSync(join(folder, 'service.mjs'), codeOf('first-program'));
  const token = commands.slice(commands.indexOf('export'));
  const service = spawn(
    ...shell(`${token}\nexport Quix__Portal__Api=${portal.url}\nexec node service.mjs`),
  );
  onTestFinished(() => void service.kill('SIGKILL'));
  await vi.waitUntil(
    () => portal.requests.some(({ path }) => path.endsWith('/broker/librdkafka')),
    { timeout: 20_000 },
  );
  expect(portal.topics.has('f1-data')).toBe(true);
  expect(portal.requests.every(({ token: by }) => by === 'token1')).toBe(true);
});
