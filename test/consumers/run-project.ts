import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { installOnce } from '../kafka/support/cached-install.ts';
import type { Project, ProjectResult } from './project.ts';

const COMMAND_TIMEOUT_MS = 240_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
/** Lines of the output that an error message contains. */
const SHOWN_LINES = 100;

/** Variables that package managers need on some machines. */
const KEPT_VARIABLES = [
  ...['HOME', 'TMPDIR', 'XDG_CACHE_HOME', 'npm_config_cache'],
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'],
];

/** Returns the environment of a user who has no settings for Quix and runs no other tool. */
function userEnvironment(): NodeJS.ProcessEnv {
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
  const kept = KEPT_VARIABLES.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  // npm adds the commands of this repository, which would hide a dependency that a project lacks.
  const path = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes(join('node_modules', '.bin')));
  return {
    ...Object.fromEntries(kept),
    PATH: path.join(delimiter),
    NO_COLOR: '1',
    npm_config_registry: registry,
    YARN_REGISTRY: registry,
    YARN_NPM_REGISTRY_SERVER: registry,
    YARN_ENABLE_TELEMETRY: '0',
  };
}

interface PackageManager {
  readonly command: string;
  /** The folder of the command, unless it is in the PATH of the user. */
  readonly commandFolder?: string;
  readonly installArgs: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
}

function versionOf(folder: string, name: string): string {
  const path = join(folder, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

/** Returns npm, or installs the package manager in the user's cache. */
function findPackageManager(spec: string): PackageManager {
  if (spec === 'npm') {
    const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
    return { command: 'npm', installArgs: ['install', ...flags], versions: {} };
  }
  const [name = '', version = ''] = spec.split('@');
  // Versions after Yarn 1 have a package of another name.
  const packageName = name === 'yarn' && !version.startsWith('1.') ? '@yarnpkg/cli-dist' : name;
  const folder = installOnce(`${name}-${version}`, `${packageName}@${version}`);
  const commandFolder = join(folder, 'node_modules', '.bin');
  return {
    command: join(commandFolder, name),
    commandFolder,
    installArgs: ['install'],
    versions: { [name]: versionOf(folder, packageName) },
  };
}

/** Runs a command. `failure` is its exit code or signal if it failed. */
function execute(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ output: string; failure?: string }> {
  const options = { cwd, env, timeout: COMMAND_TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      const output = stdout + stderr;
      resolve(error ? { output, failure: String(error.code ?? error.signal) } : { output });
    });
  });
}

/** What a project's test gets from the runner. */
export interface ProjectInput {
  readonly tarball: string;
  /** Variables of an emulated Portal. */
  readonly env: Readonly<Record<string, string>>;
  /** Texts that the project must not print. */
  readonly secrets: readonly string[];
}

/**
 * Copies a project to an empty folder, installs its packages and the tarball, and runs its test.
 * Rejects with the output of a command that fails or prints a secret.
 */
export async function runProject(project: Project, input: ProjectInput): Promise<ProjectResult> {
  const { name, toolchain, packages, packageManager, description } = project;
  const start = performance.now();
  const folder = mkdtempSync(join(tmpdir(), `quix-${name}-`));
  const env: NodeJS.ProcessEnv = {
    ...userEnvironment(),
    // The shared cache of Yarn 1 returns an earlier tarball that had the same name and version.
    YARN_CACHE_FOLDER: join(folder, '.yarn-cache'),
  };

  const runCommand = async (command: string, args: readonly string[], commandEnv = env) => {
    const { output, failure } = await execute(command, args, folder, commandEnv);
    const hasSecret = input.secrets.some((secret) => output.includes(secret));
    if (failure === undefined && !hasSecret) return;
    const cleaned = input.secrets.reduce(
      (text, secret) => text.replaceAll(secret, '[hidden]'),
      stripVTControlCharacters(output),
    );
    throw new Error(
      [
        `${name}: "${[command, ...args].join(' ')}" ${hasSecret ? 'printed a secret' : `failed (${failure})`}.`,
        'Its output ends with:',
        ...cleaned.trim().split('\n').slice(-SHOWN_LINES),
      ].join('\n'),
    );
  };

  try {
    cpSync(project.folder, folder, { recursive: true });
    cpSync(input.tarball, join(folder, 'quix-streams-auth.tgz'));
    const { command, commandFolder, installArgs, versions } = findPackageManager(packageManager);
    // Scripts of the project may call the package manager.
    if (commandFolder) env['PATH'] = [commandFolder, env['PATH']].join(delimiter);
    await runCommand(command, installArgs);
    await runCommand(command, ['run', 'test'], { ...env, ...input.env });
    return {
      name,
      toolchain,
      versions: {
        node: process.versions.node,
        ...versions,
        ...Object.fromEntries(packages.map((each) => [each, versionOf(folder, each)])),
      },
      run: description,
      seconds: (performance.now() - start) / 1_000,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
