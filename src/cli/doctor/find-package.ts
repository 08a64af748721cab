import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, sep } from 'node:path';

/** An installed package. */
export interface FoundPackage {
  /** Main file of the package. */
  readonly file: string;
  readonly version: string;
}

interface Manifest {
  readonly version?: unknown;
  readonly workspaces?: unknown;
}

/** Reads the package.json of a folder. Returns `undefined` if it is missing or not JSON. */
function readManifest(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  } catch {
    return undefined;
  }
}

/** Returns whether every user can write to a folder such as `/tmp`. Windows has no such mode. */
const isSharedFolder = (folder: string): boolean =>
  process.platform !== 'win32' && (statSync(folder).mode & 0o002) !== 0;

/** Yields a folder and its parents. Stops before a parent that every user can write to. */
function* withParents(start: string): Generator<string> {
  let folder = start;
  yield folder;
  while (dirname(folder) !== folder && !isSharedFolder(dirname(folder))) {
    folder = dirname(folder);
    yield folder;
  }
}

/**
 * Returns the folders of the project that contains `cwd`: from `cwd` up to the nearest package.json,
 * or up to the root of its workspaces. Without a package.json, returns only `cwd`.
 */
function projectFolders(cwd: string): string[] {
  const folders = [...withParents(cwd)];
  const isRoot = (folder: string): boolean =>
    existsSync(join(folder, 'pnpm-workspace.yaml')) ||
    readManifest(folder)?.workspaces !== undefined;
  const nearest = folders.findIndex((folder) => readManifest(folder) !== undefined);
  if (nearest === -1) return [cwd];
  const root = folders.findIndex((folder, index) => index >= nearest && isRoot(folder));
  return folders.slice(0, Math.max(nearest, root) + 1);
}

/** Returns the folder of this package, and the folder whose node_modules contains it. */
function ownFolders(): string[] {
  let own = import.meta.dirname;
  while (readManifest(own) === undefined) own = dirname(own);
  const parent = dirname(own);
  return basename(parent) === 'node_modules' ? [own, dirname(parent)] : [own];
}

/**
 * Finds a package that is installed in the user's project, or next to this package. Node itself
 * would also search all other parent folders, where another user may have put a package.
 */
export function findPackage(name: string, cwd: string): FoundPackage | undefined {
  const isPnP = process.versions['pnp'] !== undefined;
  for (const folder of [...projectFolders(cwd), ...ownFolders()]) {
    try {
      const file = createRequire(join(folder, 'package.json')).resolve(name);
      // Yarn Plug'n'Play has no node_modules. It resolves only the dependencies of the project.
      const installed = isPnP ? packageOf(file, name) : join(folder, 'node_modules', name);
      if (!isPnP && !isInside(file, installed)) continue;
      return { file, version: String(readManifest(installed)?.version) };
    } catch {
      // The package is not installed here.
    }
  }
  return undefined;
}

/** Returns the folder of the package that contains a file. */
function packageOf(file: string, name: string): string {
  const path = join('node_modules', name);
  return file.slice(0, file.lastIndexOf(path) + path.length);
}

const isInside = (file: string, folder: string): boolean =>
  realpathSync(file).startsWith(`${realpathSync(folder)}${sep}`);
