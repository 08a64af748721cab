import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { installOnce } from './cached-install.ts';

const PACKAGE = '@platformatic/kafka';
/** Needs Node 22.22 or 24.6. */
const VERSION_2 = '2.12.1';

function runsVersion2(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major === 22) return minor >= 22;
  return major === 24 ? minor >= 6 : major > 24;
}

interface Platformatic {
  readonly folder: string;
  readonly entry: string;
  readonly version: string;
}

/** Returns the 1.x that is a devDependency on Node 20, and a 2.x on later versions. */
export function findPlatformatic(): Platformatic {
  const from = runsVersion2()
    ? `${installOnce(`platformatic-${VERSION_2}`, `${PACKAGE}@${VERSION_2}`)}/package.json`
    : import.meta.url;
  const entry = createRequire(from).resolve(PACKAGE);
  const folder = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    version: string;
  };
  return { folder, entry, version };
}
