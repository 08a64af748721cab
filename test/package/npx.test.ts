import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';

const folder = inject('folder');
const EMULATE = ['quix-auth', 'emulate', '--json'];

/** Prints a line before the emulator listens, and delays it. */
const SLOW_LISTEN = `
  const { prototype } = require('node:net').Server;
  const { listen } = prototype;
  if (process.argv[2] === 'emulate') prototype.listen = function (...args) {
    console.log('{"url":"http://127.0.0.1:1"}');
    setTimeout(() => listen.apply(this, args), 1_000);
    return this;
  };`;

interface Emulator {
  /** The process that was started: npx, npm or a shell. */
  readonly child: ChildProcess;
  readonly pid: number;
  readonly answers: () => Promise<boolean>;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has ended.
  }
}

/** Starts a command that starts the emulator. All of its processes are killed after the test. */
async function start(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Emulator> {
  const child = spawn(command, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true, // a process group of its own
    env: {
      ...process.env,
      PATH: `${join(folder, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
      ...env,
    },
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} cannot be started.`);
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  onTestFinished(() => {
    kill(-pid);
    const [background] = /^\d+$/m.exec(text) ?? [];
    if (background !== undefined) kill(Number(background));
  });
  await expect.poll(() => text, { timeout: 15_000 }).toMatch(/^\{.*\}$/m);
  const [line = ''] = /^\{.*\}$/m.exec(text) ?? [];
  const { url } = JSON.parse(line) as { url: string };
  const answers = (): Promise<boolean> =>
    fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
      () => true,
      () => false,
    );
  return { child, pid, answers };
}

describe('the emulator', () => {
  it.each(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'ends when %s ends the npx that started it',
    async (signal) => {
      const { pid, answers } = await start('npx', EMULATE);
      expect(await answers()).toBe(true);
      process.kill(pid, signal);
      await expect.poll(answers, { timeout: 15_000 }).toBe(false);
    },
  );

  it('ends when npx ends before the emulator listens', async () => {
    const file = join(folder, 'slow-listen.cjs');
    writeFileSync(file, SLOW_LISTEN);
    const { child, pid } = await start('npx', EMULATE, { NODE_OPTIONS: `--require=${file}` });
    process.kill(pid, 'SIGKILL');
    // The emulator has the output of npx, which closes when both have ended.
    await once(child, 'close', { signal: AbortSignal.timeout(15_000) });
  });

  it('ends on Ctrl-C, which a terminal sends to npx, to its shell and to the emulator', async () => {
    const { pid, answers } = await start('npx', EMULATE);
    process.kill(-pid, 'SIGINT');
    await expect.poll(answers, { timeout: 15_000 }).toBe(false);
  });

  it('ends when SIGTERM ends the npm that runs it as a script', async () => {
    execFileSync('npm', ['pkg', 'set', 'scripts.portal=quix-auth emulate --json'], { cwd: folder });
    const { pid, answers } = await start('npm', ['run', '--silent', 'portal']);
    process.kill(pid, 'SIGTERM');
    await expect.poll(answers, { timeout: 15_000 }).toBe(false);
  });

  /** Ends the shell or npm that started the emulator in the background. */
  async function expectContinues({ child, answers }: Emulator): Promise<void> {
    child.kill();
    await once(child, 'exit');
    // Longer than the time between two checks of the emulator
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await answers()).toBe(true);
  }

  it.each(['npx quix-auth emulate --json', 'quix-auth emulate --json'])(
    'continues in the background after the shell that runs "%s" has ended',
    async (command) => {
      await expectContinues(await start('sh', ['-c', `${command} & echo $!; wait`]));
    },
  );

  // npm sets the variable npm_lifecycle_script, which decides whether the emulator watches npm.
  it.each([
    'quix-auth emulate --json',
    'nohup quix-auth emulate --json',
    'setsid quix-auth emulate --json',
  ])('continues in the background after the npm script "%s" has ended', async (command) => {
    const script = `scripts.background=${command} & echo $!; wait`;
    execFileSync('npm', ['pkg', 'set', script], { cwd: folder });
    await expectContinues(await start('npm', ['run', '--silent', 'background']));
  });
});
