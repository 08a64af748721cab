import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

const PROGRAM = `
import bunyan from 'bunyan';
import { pino } from 'pino';
import winston from 'winston';
import { QuixStreamingClient, type QuixLogger } from 'quix-streams-auth';
import { startPortalEmulator } from 'quix-streams-auth/testing';

const console_ = new winston.transports.Console({ format: winston.format.json() });
const loggers: QuixLogger[] = [
  { info: (message: string) => { console.log(JSON.stringify({ message })); } },
  pino(),
  bunyan.createLogger({ name: 'service' }),
  winston.createLogger({ transports: [console_] }),
  console,
];
const portal = await startPortalEmulator();
for (const logger of loggers.slice(0, -1)) {
  const quix = new QuixStreamingClient({ env: portal.env, logger });
  await quix.getBrokerCredentials();
  await quix.close();
}
await portal.close();
`;

it('pino, bunyan and winston accept the log lines without casts, and write the fields as properties', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quix-loggers-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const run = (command: string, ...args: string[]): string =>
    execFileSync(command, args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  writeFileSync(join(folder, 'program.mts'), PROGRAM);
  const packages = ['pino@10', 'bunyan@2', '@types/bunyan@1', 'winston@3', '@types/node@20'];
  // bunyan has an optional native dependency, which is not needed.
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  run('npm', 'install', ...flags, inject('tarball'), ...packages);
  const options = ['--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2022'];
  expect(run(process.execPath, tsc, ...options, '--types', 'node', 'program.mts')).toBe('');

  const lines = run(process.execPath, 'program.mjs').trim().split('\n');
  const message = expect.stringContaining('org-project-dev') as string;
  const fields = {
    event: 'credentials',
    workspaceId: 'org-project-dev',
    source: 'Quix__Sdk__Token',
    fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
    generation: 1,
  };
  const parsed = lines.map((line) => JSON.parse(line) as object);
  expect(parsed[0]).toEqual({ message });
  expect(parsed.slice(1)).toMatchObject([
    { level: 30, msg: message, ...fields },
    { level: 30, msg: message, ...fields },
    { level: 'info', message, ...fields },
  ]);
}, 180_000);
