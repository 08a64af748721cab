import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { errorCode } from '../sanitize-error.ts';

const CHECK_EVERY_MS = 500;
/** A script of npm that runs only this command, as `npx quix-auth emulate` does. */
const ONLY_THIS_COMMAND = /^["']?quix-auth["']?(?:\s[^&|;]*)?$/;
/** The name of a shell, and the id of its parent process. */
const SHELL = /^\S*sh (\d+)$/;

/** Returns the name of a process and the id of its parent, such as `sh 123`. */
function describeProcess(pid: number): string {
  // `ps` is not installed in the slim images of Node.
  if (process.platform === 'linux') {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\((.*)\) \w (\d+).*$/s, '$1 $2');
  }
  const text = execFileSync('ps', ['-o', 'ppid=,comm=', '-p', `${pid}`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text.replace(/^\s*(\d+) (.*)\n$/s, '$2 $1');
}

/** Returns the process ids of npm and of its shell, as far as they can be found. */
function findNpm(): number[] {
  const parent = process.ppid;
  try {
    // Some shells replace themselves with the command. Then npm is the parent of this process.
    const [, npm] = SHELL.exec(describeProcess(parent)) ?? [];
    return npm === undefined ? [parent] : [parent, Number(npm)];
  } catch {
    return [parent];
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0); // sends no signal
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/**
 * Resolves when npx or npm, which started this process, has ended. npm forwards a signal to its
 * shell, but the shell does not forward it to this process. Without this check, the emulator would
 * keep its port. Call it first, because npm may end while this process starts.
 *
 * Never resolves for other launchers, because a process in the background must survive the end of
 * its shell. Never resolves on Windows.
 */
export function untilNpmEnds(env: NodeJS.ProcessEnv): Promise<void> {
  const parent = process.ppid;
  const isOnlyCommand = ONLY_THIS_COMMAND.test(env['npm_lifecycle_script'] ?? '');
  const isWatched = isOnlyCommand && process.platform !== 'win32';
  const processes = isWatched ? findNpm() : [];
  return new Promise((resolve) => {
    if (!isWatched) return;
    const timer = setInterval(() => {
      if (process.ppid === parent && processes.every(isRunning)) return;
      clearInterval(timer);
      resolve();
    }, CHECK_EVERY_MS);
    timer.unref();
  });
}
