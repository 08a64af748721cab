import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expectNoLeak } from '../support/leaks.ts';
import { versionOf, type PackageManager } from './package-manager.ts';
import type { Project, ProjectResult } from './project.ts';

/** Lines of the output that an error message contains. */
const SHOWN_LINES = 100;

interface CommandOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // all processes have ended
  }
}

/** Runs a command. `failure` says how it ended if it failed. */
function execute(
  command: string,
  args: readonly string[],
  { cwd, env, signal }: CommandOptions,
): Promise<{ output: string; failure?: string }> {
  return new Promise((resolve, reject) => {
    // Detached, because a package manager starts further processes, which must end with it.
    const child = spawn(command, args, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    const streams = [child.stdout, child.stderr];
    for (const stream of streams) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    const stop = (): void => {
      if (child.pid !== undefined) killGroup(child.pid);
      // A process in another group may keep the streams open.
      for (const stream of streams) stream.destroy();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
    child.on('error', reject);
    child.on('close', (code, endSignal) => {
      signal.removeEventListener('abort', stop);
      const output = stripVTControlCharacters(Buffer.concat(chunks).toString());
      const end = signal.aborted ? 'timeout' : String(code ?? endSignal);
      resolve(end === '0' ? { output } : { output, failure: end });
    });
  });
}

/** The runner's input for the test of a project. */
export interface ProjectInput {
  readonly tarball: string;
  readonly packageManager: PackageManager;
  /** Variables of an emulated Portal. */
  readonly env: Readonly<Record<string, string>>;
  /** Texts that the project must not print. */
  readonly secrets: readonly string[];
  /** Limits the installation and the test together. Ends all processes of the project. */
  readonly signal: AbortSignal;
}

/**
 * Copies a project to an empty folder, installs its packages and the tarball, and runs its test.
 * Rejects if a command prints a secret, and with the command's output if it fails.
 */
export async function runProject(
  project: Project,
  { tarball, packageManager, env, secrets, signal }: ProjectInput,
): Promise<ProjectResult> {
  const { name, toolchain, description, packages } = project;
  const start = performance.now();
  const folder = await mkdtemp(join(tmpdir(), `quix-${name}-`));
  const installEnv = {
    ...packageManager.env,
    // The shared cache of Yarn 1 returns an earlier tarball that had the same name and version.
    YARN_CACHE_FOLDER: join(folder, '.yarn-cache'),
  };

  const runCommand = async (args: readonly string[], commandEnv: NodeJS.ProcessEnv) => {
    const { command } = packageManager;
    const options = { cwd: folder, env: commandEnv, signal };
    const { output, failure } = await execute(command, args, options);
    expectNoLeak(output, secrets);
    if (failure === undefined) return;
    throw new Error(
      [
        `${name}: "${[basename(command), ...args].join(' ')}" failed (${failure}).`,
        'Its output ends with:',
        ...output.trim().split('\n').slice(-SHOWN_LINES),
      ].join('\n'),
    );
  };

  try {
    await cp(project.folder, folder, { recursive: true });
    await cp(tarball, join(folder, 'quix-streams-auth.tgz'));
    await runCommand(packageManager.installArgs, installEnv);
    await runCommand(['run', 'test'], { ...installEnv, ...env });
    return {
      name,
      toolchain,
      description,
      versions: {
        node: process.versions.node,
        ...packageManager.versions,
        ...Object.fromEntries(packages.map((each) => [each, versionOf(folder, each)])),
      },
      seconds: (performance.now() - start) / 1_000,
    };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
