import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Platformatic from '@platformatic/kafka';
import type * as KafkaJS from 'kafkajs';
import { confluentProbe, type ConfluentLibrary } from './confluent-probe.ts';
import type { KafkaProbe, MakeProbe, ProbeOptions } from './kafka-probe.ts';
import { kafkaJSProbe } from './kafkajs-probe.ts';
import { platformaticProbe } from './platformatic-probe.ts';

/** Creates probes with each Kafka client. The first client that is installed is used. */
const PROBES = {
  kafkajs: (library: unknown, options: ProbeOptions) =>
    kafkaJSProbe(library as typeof KafkaJS, options),
  '@platformatic/kafka': (library: unknown, options: ProbeOptions) =>
    platformaticProbe(library as typeof Platformatic, options),
  '@confluentinc/kafka-javascript': (library: unknown, options: ProbeOptions) =>
    confluentProbe(library as ConfluentLibrary, options),
} satisfies Record<string, (library: unknown, options: ProbeOptions) => KafkaProbe>;

export type ClientName = keyof typeof PROBES;

export const CLIENT_NAMES = Object.keys(PROBES) as ClientName[];

/** A Kafka client that is installed in the user's project. */
export interface InstalledClient {
  readonly name: ClientName;
  readonly version: string;
  /** @throws the error of the library if it cannot be loaded */
  load(): Promise<MakeProbe>;
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

function resolveFrom(places: readonly string[], name: string): string | undefined {
  for (const place of places) {
    try {
      return createRequire(place).resolve(name);
    } catch {
      // The package is not installed there.
    }
  }
  return undefined;
}

/** Finds a Kafka client in the user's project, or next to this package. */
export function findKafkaClient(cwd: string, wanted?: ClientName): InstalledClient | undefined {
  const places = [join(cwd, 'package.json'), import.meta.url];
  for (const name of wanted === undefined ? CLIENT_NAMES : [wanted]) {
    const file = resolveFrom(places, name);
    if (file === undefined) continue;
    return {
      name,
      version: versionOf(file, name),
      async load() {
        const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
        // Node does not detect all names that a CommonJS module exports. `default` has all of them.
        const library = { ...module, ...(module.default as object | undefined) };
        return (options) => PROBES[name](library, options);
      },
    };
  }
  return undefined;
}
