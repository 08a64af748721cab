import { createHash } from 'node:crypto';
import { inspect } from 'node:util';

/** Shorter texts occur by chance, and no real token or password is that short. */
const MIN_LENGTH = 12;
/** Number of values per test that are also printed in every way, with their stacks. */
const PRINTED_VALUES = 50;
/** Number of secrets that are kept for later tests, because output may arrive late. */
const KEPT_SECRETS = 300;
/** Parts of this length are searched, starting at every sixth character. */
const PART_LENGTH = 12;

/** Returns parts of a secret and its common encodings. */
function tracesOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const parts = [secret.slice(-PART_LENGTH)];
  for (let start = 0; start + PART_LENGTH <= secret.length; start += PART_LENGTH / 2) {
    parts.push(secret.slice(start, start + PART_LENGTH));
  }
  const base64 = bytes.toString('base64');
  return [...parts, encodeURIComponent(secret), bytes.toString('hex'), base64.replace(/=+$/, '')];
}

/** Yields all texts in own properties of a value, except stacks. Includes hidden properties, symbols and causes. */
function* textsIn(root: unknown): Generator<string> {
  const seen = new Set<unknown>();
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string') yield value;
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
    if (!isObject || seen.has(value)) continue;
    seen.add(value);
    // A larger graph contains objects of Node or of the test, such as servers, sockets and signals.
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

/** Yields a value as text in each way that programs print values. */
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
      // A value that cannot be printed reveals nothing.
    }
  }
}

/** Returns a short hash that identifies a secret without revealing it. */
export const fingerprintOf = (secret: string): string =>
  createHash('sha256').update(secret).digest('hex').slice(0, 8);

/** A secret that appeared in an output. */
export interface Hit {
  readonly where: string;
  readonly fingerprint: string;
}

/** Numbers of outputs and new secrets in one search. */
export interface Searched {
  secrets: number;
  outputs: number;
}

/** Describes hits without revealing the secrets. */
export const describeHits = (hits: readonly Hit[]): string =>
  hits
    .map(({ where, fingerprint }) => `A secret appeared in ${where} (fingerprint ${fingerprint}).`)
    .join('\n');

/** Collects the secrets and the outputs of the code under test, and searches the outputs for the secrets. */
export class Sentinel {
  /** Each secret with its traces. */
  readonly #secrets = new Map<string, readonly string[]>();
  readonly #texts = new Map<string, string>();
  readonly #values: { readonly where: string; readonly value: unknown }[] = [];
  #outputs = 0;
  #newSecrets = 0;

  /** Adds a token or password that the code under test uses. */
  addSecret(secret: unknown): void {
    if (typeof secret !== 'string' || secret.length < MIN_LENGTH) return;
    if (this.#secrets.has(secret)) return;
    this.#secrets.set(secret, tracesOf(secret));
    this.#newSecrets++;
  }

  /** Records an output, such as a printed text, an error, or the arguments of an event. */
  record(where: string, value: unknown): void {
    this.#outputs++;
    if (typeof value === 'string') this.#texts.set(value, where);
    else if (value instanceof Uint8Array) this.#texts.set(Buffer.from(value).toString(), where);
    else this.#values.push({ where, value });
  }

  /** Returns whether a text contains a secret that was added before. */
  isRevealedBy(text: string): boolean {
    return [...this.#secrets.values()].flat().some((trace) => text.includes(trace));
  }

  /** Searches the outputs since the last search. */
  search(): { hits: Hit[]; searched: Searched } {
    const searched = { secrets: this.#newSecrets, outputs: this.#outputs };
    for (const [index, { where, value }] of this.#values.entries()) {
      for (const text of textsIn(value)) this.#texts.set(text, where);
      if (index < PRINTED_VALUES) for (const text of printed(value)) this.#texts.set(text, where);
    }
    const hits = new Map<string, Hit>();
    const allTexts = [...this.#texts.keys()].join('\n');
    for (const [secret, traces] of this.#secrets) {
      for (const trace of traces) {
        if (!allTexts.includes(trace)) continue;
        const fingerprint = fingerprintOf(secret);
        for (const [text, where] of this.#texts)
          if (text.includes(trace)) hits.set(`${where} ${fingerprint}`, { where, fingerprint });
      }
    }
    this.#texts.clear();
    this.#values.length = 0;
    this.#outputs = this.#newSecrets = 0;
    for (const secret of [...this.#secrets.keys()].slice(0, -KEPT_SECRETS))
      this.#secrets.delete(secret);
    return { hits: [...hits.values()], searched };
  }
}

/** The sentinel of the current test file. `sentinel-setup.ts` connects it to the code under test. */
export const sentinel = new Sentinel();
