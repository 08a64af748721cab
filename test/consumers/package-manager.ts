import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installOnce } from '../kafka/support/cached-install.ts';

/** A command that installs packages and runs scripts. */
export interface PackageManager {
  readonly command: string;
  readonly installArgs: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  /** Variables of a user who has no settings for Quix and runs no other tool. */
  readonly env: NodeJS.ProcessEnv;
}

/** Variables that package managers need on some machines. */
const KEPT_VARIABLES = [
  ...['HOME', 'TMPDIR', 'XDG_CACHE_HOME', 'npm_config_cache'],
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'],
];

const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();

/** Returns the environment of a user. `commandFolder` becomes the first folder of its PATH. */
function userEnvironment(commandFolder?: string): NodeJS.ProcessEnv {
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
    PATH: [...(commandFolder ? [commandFolder] : []), ...path].join(delimiter),
    NO_COLOR: '1',
    npm_config_registry: registry,
    YARN_REGISTRY: registry,
    YARN_NPM_REGISTRY_SERVER: registry,
    YARN_ENABLE_TELEMETRY: '0',
  };
}

/** Returns the version of a package that is installed in a folder. */
export function versionOf(folder: string, name: string): string {
  const path = join(folder, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

/** Returns npm, or installs the package manager in the user's cache. */
export function findPackageManager(spec: string): PackageManager {
  if (spec === 'npm') {
    const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
    return {
      command: 'npm',
      installArgs: ['install', ...flags],
      versions: {},
      env: userEnvironment(),
    };
  }
  const [name = '', version = ''] = spec.split('@');
  // Versions after Yarn 1 have a package of another name.
  const packageName = name === 'yarn' && !version.startsWith('1.') ? '@yarnpkg/cli-dist' : name;
  const folder = installOnce(`${name}-${version}`, `${packageName}@${version}`);
  const commandFolder = join(folder, 'node_modules', '.bin');
  return {
    command: join(commandFolder, name),
    installArgs: ['install'],
    versions: { [name]: versionOf(folder, packageName) },
    // Scripts of the project may call the package manager.
    env: userEnvironment(commandFolder),
  };
}
