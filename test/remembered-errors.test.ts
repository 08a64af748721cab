import { KafkaJSConnectionError } from 'kafkajs';
import { QuixError } from 'quix-streams-auth';
import { afterEach, describe, expect, it } from 'vitest';
import { rememberError } from '../src/remembered-errors.ts';

const KEY = Symbol.for('quix-streams-auth.errors');

afterEach(() => {
  Reflect.deleteProperty(globalThis, KEY);
});

/** Remembers a new error. Returns the error and its copy. */
function remember(summary: string): { error: QuixError; copy: QuixError } {
  const error = new QuixError('QUIX_CONFIG', summary);
  const copy = new QuixError('QUIX_CONFIG', `QUIX_CONFIG: ${summary}`);
  rememberError(error, copy);
  return { error, copy };
}

/** Returns the error that kafkajs creates if `brokers` throws a copy. */
const wrapText = ({ message }: QuixError): Error =>
  new KafkaJSConnectionError(`Failed to connect: "config.brokers" threw: ${message}`);

describe('rememberError()', () => {
  it('makes an error known by its copy, and by its message in an error of kafkajs', () => {
    const { error, copy } = remember('Wrong.');
    expect(QuixError.from(copy)).toBe(error);
    expect(QuixError.from(wrapText(copy))).toBe(error);
    expect(QuixError.from(new Error('Retried.', { cause: wrapText(copy) }))).toBe(error);
    expect(QuixError.from(new Error(copy.message))).toBeUndefined();
  });

  it('returns the newest of several errors with the same message', () => {
    const { copy } = remember('Equal.');
    const newer = remember('Equal.');
    expect(QuixError.from(wrapText(copy))).toBe(newer.error);
  });

  it('returns the original of a copy, even if a newer error has the same message', () => {
    const { error, copy } = remember('Equal.');
    remember('Equal.');
    expect(QuixError.from(copy)).toBe(error);
    expect(QuixError.from(Object.assign(wrapText(copy), { cause: copy }))).toBe(error);
  });

  it('forgets a message after 100 newer errors, but not the original of a copy', () => {
    const [first, second] = [remember('First.'), remember('Second.')];
    for (let index = 0; index < 98; index++) remember(`Newer ${index}.`);
    expect(QuixError.from(wrapText(first.copy))).toBe(first.error);
    rememberError(first.error, new QuixError('QUIX_CONFIG', first.copy.message));
    remember('Newest.');
    expect(QuixError.from(wrapText(first.copy))).toBe(first.error);
    expect(QuixError.from(wrapText(second.copy))).toBeUndefined();
    expect(QuixError.from(second.copy)).toBe(second.error);
  });

  it.each([
    ['is not a map', 'text'],
    ['contains values that are not errors', new Map([['QUIX_CONFIG: Old.', {}]])],
  ])('does not throw if the global value %s', (_, value) => {
    Object.defineProperty(globalThis, KEY, { value, configurable: true });
    const old = new QuixError('QUIX_CONFIG', 'QUIX_CONFIG: Old.');
    expect(QuixError.from(wrapText(old))).toBeUndefined();
    const { error, copy } = remember('Wrong.');
    expect(QuixError.from(copy)).toBe(error);
  });
});
