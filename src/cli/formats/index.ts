import { env } from './env.ts';
import type { Format } from './format.ts';
import { json, kafkajs, librdkafka } from './json-formats.ts';
import { kcat } from './kcat.ts';
import { properties } from './properties.ts';

/** Formats by the name that `--format` accepts. */
export const FORMATS = {
  librdkafka,
  properties,
  kafkajs,
  kcat,
  env,
  json,
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;

export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];

export { toSettings, toText } from './format.ts';
