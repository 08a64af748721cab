import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GuardedProcess } from './support/guarded-process.ts';
import { waitUntil } from './support/wait-until.ts';

// A server that prints its process id, so that this test does not need Java.
const SERVER = 'console.log("pid", process.pid); setInterval(() => {}, 1000);';
const STUBBORN = `process.on("SIGTERM", () => {}); ${SERVER}`;
const MODULE = fileURLToPath(new URL('support/guarded-process.ts', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quix-guarded-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function runServer(script: string, graceMs = 10_000): GuardedProcess {
  return new GuardedProcess({
    command: process.execPath,
    args: ['-e', script],
    folder,
    logFile: join(folder, 'server.log'),
    graceMs,
  });
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const until = (what: string, isTrue: () => boolean): Promise<void> =>
  waitUntil(() => Promise.resolve(isTrue()), { timeoutMs: 10_000, what });

async function pidOf(server: GuardedProcess): Promise<number> {
  await until('Starting', () => /pid \d+/.test(server.logTail));
  return Number(/pid (\d+)/.exec(server.logTail)?.[1]);
}

describe('a guarded process', () => {
  it('ends on SIGTERM and keeps its folder', async () => {
    const server = runServer(SERVER);
    const pid = await pidOf(server);
    await server.terminate();
    expect([isAlive(pid), server.hasEnded, existsSync(folder)]).toEqual([false, true, true]);
  });

  it('is killed if it ignores SIGTERM', async () => {
    const server = runServer(STUBBORN, 100);
    const pid = await pidOf(server);
    await server.terminate();
    expect(isAlive(pid)).toBe(false);
  });

  it('is killed, and its folder is removed', async () => {
    const server = runServer(STUBBORN);
    const pid = await pidOf(server);
    await server.kill();
    expect([isAlive(pid), existsSync(folder)]).toEqual([false, false]);
  });

  it('can be ended twice, also after it exited', async () => {
    const server = runServer('');
    expect(await server.ended).toBe(0);
    await server.terminate();
    await server.kill();
    expect(server.hasEnded).toBe(true);
  });

  it('names a missing command in its log', async () => {
    const logFile = join(folder, 'server.log');
    const server = new GuardedProcess({ command: 'no-such-command', args: [], folder, logFile });
    expect(await server.ended).toBe(127);
    expect(server.logTail).toContain('no-such-command');
  });

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'ends and removes its folder when its parent receives %s',
    async (signal) => {
      const logFile = join(folder, 'server.log');
      const options = { command: process.execPath, args: ['-e', STUBBORN], folder, logFile };
      const parentFile = join(folder, 'parent.mts');
      writeFileSync(
        parentFile,
        `import { GuardedProcess } from ${JSON.stringify(MODULE)};
const server = new GuardedProcess(${JSON.stringify(options)});
const timer = setInterval(() => {
  const pid = /pid (\\d+)/.exec(server.logTail)?.[1];
  if (pid) console.log(pid), clearInterval(timer);
}, 50);
setInterval(() => {}, 1000);`,
      );
      const parent = spawn(process.execPath, ['--import', 'tsx', parentFile], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(line.toString());
      expect(isAlive(pid)).toBe(true);
      parent.kill(signal);
      await until('Ending', () => !isAlive(pid) && !existsSync(folder));
    },
  );
});
