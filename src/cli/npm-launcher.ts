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
  const text = execFileSync('ps', ['-o', 'ppid=,comm=', '-p', `${pid}`], { encoding: 'utf8' });
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
 * Resolves when npx or npm, which started this process, has ended. npm starts a shell, and the shell
 * starts this process. A signal that ends npm ends the shell at most, so this process would
 * continue and keep its port.
 *
 * Never resolves for a process that was started in another way. A shell, for example, may end while
 * the process continues in the background.
 */
export function untilNpmEnds(env: NodeJS.ProcessEnv): Promise<void> {
  const parent = process.ppid;
  const isOnlyCommand = ONLY_THIS_COMMAND.test(env['npm_lifecycle_script'] ?? '');
  const processes = isOnlyCommand ? findNpm() : [];
  return new Promise((resolve) => {
    if (!isOnlyCommand) return;
    const timer = setInterval(() => {
      if (process.ppid === parent && processes.every(isRunning)) return;
      clearInterval(timer);
      resolve();
    }, CHECK_EVERY_MS);
    timer.unref();
  });
}
