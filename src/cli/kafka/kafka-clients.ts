import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { KafkaProbe, ProbeOptions } from './kafka-probe.ts';
import { confluentProbe, kafkaJSProbe } from './kafkajs-probe.ts';
import { platformaticProbe } from './platformatic-probe.ts';

/** Creates probes with each Kafka client. The first client that is installed is used. */
const PROBES = {
  kafkajs: kafkaJSProbe,
  '@platformatic/kafka': platformaticProbe,
  '@confluentinc/kafka-javascript': confluentProbe,
};

export type ClientName = keyof typeof PROBES;

export const CLIENT_NAMES = Object.keys(PROBES) as ClientName[];

/** A Kafka client that is installed in the user's project. */
export interface InstalledClient {
  readonly name: ClientName;
  readonly version: string;
  /** Loads the client and creates a probe. */
  open(options: ProbeOptions): Promise<KafkaProbe>;
}

/** Returns the version of a package, given a file in it. */
function versionOf(file: string, name: string): string {
  const path = normalize(name);
  const folder = file.slice(0, file.lastIndexOf(path) + path.length);
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as object;
    return 'version' in manifest ? String(manifest.version) : 'unknown';
  } catch {
    return 'unknown';
  }
}

async function openProbe(
  name: ClientName,
  file: string,
  options: ProbeOptions,
): Promise<KafkaProbe> {
  const module = (await import(pathToFileURL(file).href)) as { default?: object };
  // Node does not detect all names that a CommonJS module exports. `default` has all of them.
  const library: unknown = { ...module, ...module.default };
  return PROBES[name](library as never, options);
}

/** Finds a Kafka client in the user's project, or next to this package. */
export function findKafkaClient(cwd: string, wanted?: ClientName): InstalledClient | undefined {
  for (const name of wanted === undefined ? CLIENT_NAMES : [wanted]) {
    for (const place of [join(cwd, 'package.json'), import.meta.url]) {
      try {
        const file = createRequire(place).resolve(name);
        const version = versionOf(file, name);
        return { name, version, open: (options) => openProbe(name, file, options) };
      } catch {
        // The package is not installed there.
      }
    }
  }
  return undefined;
}
