import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Platformatic from '@platformatic/kafka';
import type * as KafkaJS from 'kafkajs';
import { confluentProbe, type ConfluentLibrary } from './confluent-probe.ts';
import type { KafkaProbe, ProbeOptions } from './kafka-probe.ts';
import { kafkaJSProbe } from './kafkajs-probe.ts';
import { platformaticProbe } from './platformatic-probe.ts';

/** A Kafka client that is installed in the user's project. */
export interface InstalledClient {
  readonly name: ClientName;
  readonly version: string;
  /** @throws whatever the library throws when it is loaded */
  load(): Promise<(options: ProbeOptions) => KafkaProbe>;
}

/** In the order in which they are preferred. */
export const CLIENT_NAMES = [
  'kafkajs',
  '@platformatic/kafka',
  '@confluentinc/kafka-javascript',
] as const;

export type ClientName = (typeof CLIENT_NAMES)[number];

type MakeProbe = (library: unknown, options: ProbeOptions) => KafkaProbe;

const PROBES: Readonly<Record<ClientName, MakeProbe>> = {
  kafkajs: (library, options) => kafkaJSProbe(library as typeof KafkaJS, options),
  '@platformatic/kafka': (library, options) =>
    platformaticProbe(library as typeof Platformatic, options),
  '@confluentinc/kafka-javascript': (library, options) =>
    confluentProbe(library as ConfluentLibrary, options),
};

/** The version of the package that a file belongs to. */
function versionOf(file: string, name: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const text = readFileSync(join(folder, 'package.json'), 'utf8');
      const found = JSON.parse(text) as { name?: unknown; version?: unknown };
      if (found.name === name) return String(found.version);
    } catch {
      // No package.json in this folder: it is one of those above.
    }
  }
  return 'of unknown version';
}

/** Looks from the user's project first, then from where this package is installed. */
function resolveFrom(places: readonly string[], name: string): string | undefined {
  for (const place of places) {
    try {
      return createRequire(place).resolve(name);
    } catch {
      // Not there.
    }
  }
  return undefined;
}

/** The Kafka client to use: the one that is asked for, else the first that is installed. */
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
        // Node finds no more than a few names in CommonJS; all of them are in its default.
        const library = { ...module, ...(module.default as object | undefined) };
        return (options) => PROBES[name](library, options);
      },
    };
  }
  return undefined;
}
