import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROBES, type KafkaProbe, type ProbeOptions } from './probes.ts';

export type ClientName = keyof typeof PROBES;

export const CLIENT_NAMES = Object.keys(PROBES) as ClientName[];

/** A Kafka client that is installed in the user's project. */
export interface InstalledClient {
  readonly name: ClientName;
  readonly version: string;
  /** Loads the client and creates a probe. */
  open(options: ProbeOptions): Promise<KafkaProbe>;
}

/** Finds a Kafka client in the user's project, or next to this package. */
export function findKafkaClient(cwd: string, wanted?: ClientName): InstalledClient | undefined {
  const names = wanted === undefined ? CLIENT_NAMES : [wanted];
  const places = [join(cwd, 'package.json'), import.meta.url];
  for (const [name, place] of names.flatMap((each) => places.map((at) => [each, at] as const))) {
    try {
      return installedClient(name, createRequire(place).resolve(name));
    } catch {
      // The package is not installed there.
    }
  }
  return undefined;
}

/** @param file - The main file of the package. */
function installedClient(name: ClientName, file: string): InstalledClient {
  const path = normalize(name);
  const folder = file.slice(0, file.lastIndexOf(path) + path.length);
  const manifest = readFileSync(join(folder, 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const open = async (options: ProbeOptions): Promise<KafkaProbe> => {
    const module = (await import(pathToFileURL(file).href)) as { default?: object };
    // Node does not detect all names that a CommonJS module exports. `default` has all of them.
    const library: unknown = { ...module, ...module.default };
    return PROBES[name](library as never, options);
  };
  return { name, version, open };
}
