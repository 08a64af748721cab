import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Some bundles contain the path of the folder in which they were built, so node_modules is renamed
// while the bundle runs.
const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
cpSync('dist', folder, { recursive: true });
renameSync('node_modules', 'hidden');
try {
  execFileSync(process.execPath, ['index.mjs'], { cwd: folder, stdio: 'inherit' });
} finally {
  renameSync('hidden', 'node_modules');
  rmSync(folder, { recursive: true });
}
