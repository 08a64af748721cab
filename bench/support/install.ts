import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installOnce } from '../../test/kafka/support/cached-install.ts';

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Packages that the bench compares with or needs, with pinned versions. */
export const PEERS = {
  '@aws-sdk/credential-providers': '3.1175.0',
  '@azure/identity': '4.13.1',
  '@octokit/auth-app': '8.3.1',
  '@smithy/property-provider': '4.5.2',
  'aws-msk-iam-sasl-signer-js': '1.0.3',
  eventemitter3: '5.0.4',
  'google-auth-library': '10.9.1',
  jose: '6.2.18',
  oauth4webapi: '3.8.8',
  'openid-client': '6.9.0',
  undici: '7.30.2',
} as const;

/** Packs the built package in `repository` into `folder` and returns the path of the tarball. */
export function pack(repository: string, folder: string): string {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const output = execFileSync('npm', args, {
    cwd: repository,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [{ filename }] = JSON.parse(output) as [{ filename: string }];
  return join(folder, filename);
}

/** Calls `use` with a temporary folder and removes the folder afterwards. */
export function withTemporaryFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'quix-bench-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Puts a packed quix-streams-auth and the programs of bench/ into `folder`. Replaces earlier ones. */
export function placePackage(folder: string, tarball: string): void {
  const target = join(folder, 'node_modules', 'quix-streams-auth');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', target]);
  const programs = join(folder, 'programs');
  rmSync(programs, { recursive: true, force: true });
  cpSync(join(root, 'bench', 'programs'), programs, { recursive: true });
}

let installed: string | undefined;

/** Returns a folder outside the repository that has the packed package, the peers and the programs. */
export function installFolder(): string {
  return (installed ??= install());
}

function install(): string {
  const specs = Object.entries(PEERS).map(([name, version]) => `${name}@${version}`);
  const hash = createHash('sha256').update(specs.join()).digest('hex').slice(0, 8);
  const folder = installOnce(`bench-peers-${hash}`, specs);
  withTemporaryFolder((temporary) => {
    placePackage(folder, pack(root, temporary));
  });
  return folder;
}

/** Returns the folder to measure in. The quick bench uses the repository itself, which has no peers. */
export function measuredFolder(quick: boolean): string {
  if (!existsSync(join(root, 'dist', 'index.js'))) {
    throw new Error('dist/ is missing. Run `npm run build` first.');
  }
  return quick ? join(root, 'bench') : installFolder();
}

const execute = promisify(execFile);

/** Runs a program of bench/programs in a process of its own and returns the JSON that it prints. */
export async function runProgram<T>(
  quick: boolean,
  [program, ...args]: readonly [string, ...string[]],
  env: Record<string, string> = {},
): Promise<T> {
  const cwd = measuredFolder(quick);
  const path = join(cwd, 'programs', program);
  const command = ['--expose-gc', path, ...args];
  const { stdout } = await execute(process.execPath, command, { cwd, env });
  return JSON.parse(stdout) as T;
}
