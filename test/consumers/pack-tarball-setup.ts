import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { packTarball } from '../package/install-tarball.ts';

/** Builds and packs the package. `TARBALL=path` selects another tarball, for a comparison. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'quix-tarball-'));
  const { TARBALL: other } = process.env;
  project.provide('tarball', other ? resolve(other) : join(folder, packTarball(folder).filename));
  return () => {
    rmSync(folder, { recursive: true });
  };
}
