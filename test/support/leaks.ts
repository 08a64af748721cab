import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { expect } from 'vitest';
import { fingerprintOf } from './sentinel.ts';

/** Returns the prefix and 32 random hex digits, a text that no message contains by chance. */
export function randomSecret(prefix = 'sdk-'): string {
  return prefix + randomBytes(16).toString('hex');
}

/** A part of this length counts as a leak, because HTTP parsers and servers shorten what they quote. */
const PART_LENGTH = 12;
/** A larger object graph includes the internals of Node. */
const MAX_OBJECTS = 20_000;

/**
 * Returns the base64 forms of a secret for each alignment in a longer text, without the digits that
 * neighbouring bytes affect.
 */
function base64Forms(secret: string): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.from('\0'.repeat(offset) + secret).toString('base64');
    const end = Math.floor(((offset + Buffer.byteLength(secret)) * 8) / 6);
    return encoded.slice(Math.ceil((offset * 8) / 6), end);
  });
}

function* parts(secret: string): Generator<string> {
  for (let start = 0; start <= Math.max(0, secret.length - PART_LENGTH); start++) {
    yield secret.slice(start, start + PART_LENGTH);
  }
}

/** Returns parts of a secret and its encodings, in lower case. */
function tracesOf(secret: string): Set<string> {
  const bytes = Buffer.from(secret);
  const percent = bytes.toString('hex').replace(/../g, '%$&');
  const forms = [
    ...parts(secret),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('hex'),
    percent,
    ...base64Forms(secret).flatMap((form) => [
      form,
      form.replaceAll('+', '-').replaceAll('/', '_'),
    ]),
  ];
  return new Set(forms.map((form) => form.toLowerCase()));
}

function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    // A value that cannot be read or copied reveals nothing, but the error message may.
    return error instanceof Error ? error.message : undefined;
  }
}

/** Keys of errors that are searched even if they are inherited. */
const ERROR_KEYS = ['name', 'message', 'stack', 'cause', 'errors', 'code', 'hint'];

function childrenOf(value: object): [string, unknown][] {
  const children: [string, unknown][] = [];
  for (const key of Reflect.ownKeys(value)) {
    const text = typeof key === 'symbol' ? key.toString() : key;
    children.push([text, text], [text, attempt(() => Reflect.get(value, key))]);
  }
  if (value instanceof Error) {
    for (const key of ERROR_KEYS) children.push([key, attempt(() => Reflect.get(value, key))]);
  }
  if (value instanceof Map) for (const entry of value) children.push(['map entry', entry]);
  if (value instanceof Set) for (const entry of value) children.push(['set entry', entry]);
  if (ArrayBuffer.isView(value))
    children.push([
      'bytes',
      Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString(),
    ]);
  return children;
}

/** Yields all texts in own properties of a value, including hidden properties, symbols and causes. */
function* reachableTexts(root: unknown): Generator<[where: string, text: string]> {
  const seen = new Set<unknown>();
  const open: [string, unknown][] = [['value', root]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [where, value] = next;
    if (typeof value === 'string') yield [where, value];
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
    if (!isObject || seen.has(value)) continue;
    seen.add(value);
    if (seen.size > MAX_OBJECTS)
      throw new Error(`More than ${MAX_OBJECTS} objects can be reached from ${where}.`);
    for (const [key, child] of childrenOf(value)) open.push([`${where}.${key}`, child]);
  }
}

/** Yields a value as text in each way that programs print, store or send values. */
function* printedTexts(value: unknown): Generator<[where: string, text: unknown]> {
  const everything = {
    depth: Infinity,
    maxArrayLength: Infinity,
    maxStringLength: Infinity,
    showHidden: true,
  };
  yield ['String()', attempt(() => String(value))];
  yield ['JSON.stringify', attempt(() => JSON.stringify(value))];
  yield ['inspect', attempt(() => inspect(value))];
  yield ['inspect, hidden', attempt(() => inspect(value, everything))];
  yield [
    'inspect, hidden, not custom',
    attempt(() => inspect(value, { ...everything, customInspect: false })),
  ];
  yield ['structuredClone', attempt(() => inspect(structuredClone(value), everything))];
  if (typeof value === 'object' && value !== null) {
    yield ['spread', attempt(() => inspect({ ...value }, everything))];
    yield ['Object.entries', attempt(() => JSON.stringify(Object.entries(value)))];
  }
}

/**
 * Fails when a value reveals a secret, a part of it, or its base64, URL-encoded or hex form, either in
 * a printed form or in an own property of the value or its causes. The failure message names the place
 * and the fingerprint of the secret, but not the text.
 *
 * A getter of a prototype, such as `credentials.sasl.password`, is not a leak.
 */
export function expectNoLeak(value: unknown, secrets: readonly string[]): void {
  if (secrets.length === 0 || secrets.some((secret) => secret.length < 8))
    throw new Error('Secrets need at least 8 characters, because shorter ones occur by chance.');
  const searched = secrets.map((secret) => ({ secret, traces: [...tracesOf(secret)] }));
  for (const [where, text] of [...printedTexts(value), ...reachableTexts(value)]) {
    if (typeof text !== 'string') continue;
    const lowerCase = text.toLowerCase();
    for (const { secret, traces } of searched) {
      if (!traces.some((trace) => lowerCase.includes(trace))) continue;
      // A key may contain the secret itself.
      const isSafe = !traces.some((trace) => where.toLowerCase().includes(trace));
      const place = isSafe ? where : 'a key';
      expect.fail(`A secret leaks at ${place} (fingerprint ${fingerprintOf(secret)}).`);
    }
  }
}
