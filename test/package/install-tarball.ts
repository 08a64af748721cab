import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder in which only the tarball is installed. */
    folder: string;
    /** Path of the tarball itself. */
    tarball: string;
    /** Paths of the files in the tarball. */
    packedFiles: string[];
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url));

function run(command: string, args: string[], cwd: string): string {
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Builds the package and packs it into a folder. */
export function packTarball(folder: string): { filename: string; files: { path: string }[] } {
  run('npm', ['run', '--silent', 'build'], root);
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root),
  ) as [{ filename: string; files: { path: string }[] }];
  return packed;
}

/** Builds, packs and installs the package before the tests of this project. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'quix-package-'));
  const { filename, files } = packTarball(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  run('npm', ['install', '--no-audit', '--no-fund', `./${filename}`], folder);
  project.provide('folder', folder);
  project.provide('tarball', join(folder, filename));
  project.provide(
    'packedFiles',
    files.map(({ path }) => path),
  );
  return () => {
    rmSync(folder, { recursive: true });
  };
}
