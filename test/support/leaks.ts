import { inspect } from 'node:util';
import { expect } from 'vitest';
import { randomBytes } from 'node:crypto';

/** A text that no message holds by chance: 32 random hex digits after the prefix. */
export function randomSecret(prefix = 'sdk-'): string {
  return prefix + randomBytes(16).toString('hex');
}

/** A part of this length is as bad as the whole: HTTP parsers and servers cut what they repeat. */
const PART_LENGTH = 12;
/** A walk that gets this far has left what was given for the internals of Node. */
const MAX_OBJECTS = 20_000;

/** The base64 of a secret wherever in a longer text it begins, without the digits that its neighbours share. */
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

/** What a text is searched for, in lower case: parts of the secret, and the ways to write it. */
function traces(secret: string): Set<string> {
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
    // What cannot be read or copied shows nothing; its complaint may.
    return error instanceof Error ? error.message : undefined;
  }
}

/** Keys that are looked at even where they are inherited. */
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

/** Every text that can be reached by own properties: hidden ones, symbols and causes included. */
function* reachableTexts(root: unknown): Generator<[where: string, text: string]> {
  const seen = new Set<unknown>();
  const open: [string, unknown][] = [['value', root]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [where, value] = next;
    if (typeof value === 'string') yield [where, value];
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
    if (!isObject || seen.has(value)) continue;
    seen.add(value);
    if (seen.size > MAX_OBJECTS) throw new Error(`Too much can be reached from ${where}.`);
    for (const [key, child] of childrenOf(value)) open.push([`${where}.${key}`, child]);
  }
}

/** What a program does that prints, stores or sends a value without thinking of secrets. */
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
 * Fails when a secret, a part of it, or its base64, URL-encoded or hex form can be found in the value:
 * in what it prints as, or in any own property of it and of its causes.
 *
 * What a class gives away by a getter of its prototype alone (`credentials.sasl.password`) is no leak.
 */
export function expectNoLeak(value: unknown, secrets: readonly string[]): void {
  if (secrets.length === 0 || secrets.some((secret) => secret.length < 8))
    throw new Error('Give secrets of 8 characters or more: shorter ones are found by chance.');
  const searched = secrets.map(traces);
  for (const [where, text] of [...printedTexts(value), ...reachableTexts(value)]) {
    if (typeof text !== 'string') continue;
    const folded = text.toLowerCase();
    for (const each of searched) {
      for (const trace of each) {
        if (folded.includes(trace)) expect.fail(`A secret leaks at ${where}: ${text}`);
      }
    }
  }
}
