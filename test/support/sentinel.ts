import { inspect } from 'node:util';

/** Shorter texts are found by chance, and no real token or password is that short. */
const MIN_LENGTH = 12;
/** Of each test, so many values are also printed in every way and have their stacks read. */
const PRINTED = 50;
/** The newest secrets, which are searched for in later tests as well: what comes late may be theirs. */
const KEPT = 300;
/** Searched for are parts of this length, every six characters: any part of twice that is found. */
const PART_LENGTH = 12;

/** A secret's parts, and the ways to write it. */
function traces(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const parts = [secret.slice(-PART_LENGTH)];
  for (let start = 0; start + PART_LENGTH <= secret.length; start += PART_LENGTH / 2) {
    parts.push(secret.slice(start, start + PART_LENGTH));
  }
  const base64 = bytes.toString('base64');
  return [...parts, encodeURIComponent(secret), bytes.toString('hex'), base64.replace(/=+$/, '')];
}

/** The texts that own properties lead to, hidden ones, symbols and causes included; stacks apart. */
function* textsOf(root: unknown): Generator<string> {
  const seen = new Set<unknown>();
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string') yield value;
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
    if (!isObject || seen.has(value)) continue;
    seen.add(value);
    // What belongs to Node or to the test itself (servers, sockets, AbortSignals) is not ours to say.
    if (seen.size > 2_000) return;
    for (const key of Reflect.ownKeys(value)) {
      if (typeof key === 'string') yield key;
      if (key === 'stack') continue;
      const property = Reflect.getOwnPropertyDescriptor(value, key);
      if (property && 'value' in property) open.push(property.value);
    }
    if (value instanceof Map || value instanceof Set) open.push(...value);
  }
}

/** In every way that a program prints a value without thinking of secrets. */
function* printed(value: unknown): Generator<string> {
  const attempts = [
    () => String(value),
    () => JSON.stringify(value),
    () => inspect(value, { depth: 8, showHidden: true }),
    () => inspect(value, { depth: 8, showHidden: true, customInspect: false }),
    () => (value instanceof Error ? value.stack : undefined),
  ];
  for (const attempt of attempts) {
    try {
      const text = attempt();
      if (typeof text === 'string') yield text;
    } catch {
      // What cannot be printed shows nothing.
    }
  }
}

/** How much was searched, and how many secrets were new. */
export interface Searched {
  secrets: number;
  said: number;
}

/**
 * Keeps what the code under test said, and the secrets it held, and looks for the ones in the other.
 */
export class Sentinel {
  /** With their traces. */
  readonly #secrets = new Map<string, readonly string[]>();
  readonly #texts = new Map<string, string>();
  readonly #values: { readonly where: string; readonly value: unknown }[] = [];
  #said = 0;
  #hidden = 0;

  /** A token or password that the code under test was given. */
  hides(secret: unknown): void {
    if (typeof secret !== 'string' || secret.length < MIN_LENGTH) return;
    if (this.#secrets.has(secret)) return;
    this.#secrets.set(secret, traces(secret));
    this.#hidden++;
  }

  /** Something that came out: a text, an error, an event's arguments. */
  hears(where: string, value: unknown): void {
    this.#said++;
    if (typeof value === 'string') this.#texts.set(value, where);
    else if (value instanceof Uint8Array) this.#texts.set(Buffer.from(value).toString(), where);
    else this.#values.push({ where, value });
  }

  /** Where a secret is to be found in what was heard since the last search; the secret is not named. */
  search(): { hits: string[]; searched: Searched } {
    const searched = { secrets: this.#hidden, said: this.#said };
    for (const [index, { where, value }] of this.#values.entries()) {
      for (const text of textsOf(value)) this.#texts.set(text, where);
      if (index < PRINTED) for (const text of printed(value)) this.#texts.set(text, where);
    }
    const hits = new Set<string>();
    const found = [...this.#texts.keys()].join('\n');
    for (const each of [...this.#secrets.values()].flat()) {
      if (!found.includes(each)) continue;
      for (const [text, where] of this.#texts) if (text.includes(each)) hits.add(where);
    }
    this.#texts.clear();
    this.#values.length = 0;
    this.#said = this.#hidden = 0;
    for (const secret of [...this.#secrets.keys()].slice(0, -KEPT)) this.#secrets.delete(secret);
    return { hits: [...hits], searched };
  }
}

/** That of the test file at hand: `sentinel-setup.ts` feeds it. */
export const sentinel = new Sentinel();
