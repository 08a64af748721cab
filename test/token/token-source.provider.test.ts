import { beforeEach, describe, expect, it } from 'vitest';
import { valueSource, type TokenSource } from '../../src/token/token-source.ts';
import { randomSecret } from '../support/leaks.ts';
import {
  abortingSoon,
  closed,
  neverAborted,
  sourceReader,
  timeout,
} from '../support/token-sources.ts';
import { logWarnings, type WarningLog } from '../support/warnings.ts';

let secret: string;
let log: WarningLog;
beforeEach(() => {
  secret = randomSecret();
  log = logWarnings();
});

const { read, failure } = sourceReader(() => ({ secret, log }));

describe('valueSource of a function', () => {
  const source = (provider: () => unknown): TokenSource =>
    valueSource(provider as () => string, 'provider');

  it('does not call the function before its token is needed', () => {
    let calls = 0;
    expect(source(() => calls++).peek()).toEqual({});
    expect(calls).toBe(0);
  });

  it('calls the function each time, and accepts a string or a promise', async () => {
    let calls = 0;
    const provider = source(() => (++calls % 2 ? `${secret}\n` : Promise.resolve(secret)));
    expect(await read(provider)).toBe(secret);
    expect(await read(provider)).toBe(secret);
    expect(calls).toBe(2);
  });

  it('passes the signal of the call to the function', async () => {
    const signal = neverAborted();
    let received: unknown;
    await read(
      valueSource((context) => {
        received = context;
        return secret;
      }, 'provider'),
      signal,
    );
    expect(received).toEqual({ signal });
  });

  it.each<[string, () => unknown]>([
    ['throws', () => raise(new Error(secret))],
    ['rejects', () => Promise.reject(new Error(secret))],
    ['throws a text', () => raise(secret)],
    ['throws undefined', () => raise(undefined)],
    ['rejects with null', () => reject(null)],
    [
      'throws an error with the token in each property',
      () =>
        raise(Object.assign(new Error(secret, { cause: secret }), { name: secret, code: secret })),
    ],
  ])('fails with a retryable error without the token when the function %s', async (_, provider) => {
    const error = await failure(source(provider));
    expect(error).toMatchObject({ code: 'QUIX_TOKEN_SOURCE_FAILED', retryable: true });
    expect(error.summary).toMatch(/function failed\.$/);
    expect(error.hint).toContain('function');
  });

  it('names the code of the error of the function', async () => {
    const refused = Object.assign(new Error(secret), { code: 'ECONNREFUSED' });
    const error = await failure(source(() => raise(refused)));
    expect(error.summary).toContain('(ECONNREFUSED)');
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED', name: 'Error' });
  });

  it.each<[string, () => unknown, RegExp]>([
    ['undefined', () => undefined, /undefined .*string/],
    ['null', () => Promise.resolve(null), /null .*string/],
    ['a number', () => 12345678, /number .*string/],
    ['an object', () => ({ token: secret }), /object .*string/],
    ['a blank string', () => ' \n', /blank/],
  ])('fails with a retryable error when the function returns %s', async (_, provider, problem) => {
    const error = await failure(source(provider));
    expect(error).toMatchObject({ code: 'QUIX_TOKEN_SOURCE_FAILED', retryable: true });
    expect(error.summary).toMatch(problem);
    expect(error.cause).toBeUndefined();
  });

  it('fails when the token cannot be sent', async () => {
    const error = await failure(source(() => `${secret}\u0007`));
    expect(error.code).toBe('QUIX_TOKEN_INVALID');
    expect(error.summary).toMatch(/function .*U\+0007/);
  });

  it('fails at the deadline when the function does not settle', async () => {
    const error = await failure(
      source(() => new Promise(() => undefined)),
      abortingSoon(timeout),
    );
    expect(error).toMatchObject({ code: 'QUIX_TOKEN_SOURCE_FAILED', retryable: true });
    expect(error.summary).toContain('timeoutMs');
  });

  it('ignores a rejection of the function after the deadline', async () => {
    let fail: (error: Error) => void = () => undefined;
    const pending = new Promise((_, rejected) => (fail = rejected));
    await failure(
      source(() => pending),
      abortingSoon(timeout),
    );
    fail(new Error(secret)); // an unhandled rejection would fail this run
    await new Promise(setImmediate);
  });

  it('rejects with the reason when the client is closed meanwhile', async () => {
    const error = await failure(
      source(() => new Promise(() => undefined)),
      abortingSoon(closed),
    );
    expect(error).toBe(closed);
  });

  function raise(thrown: unknown): never {
    throw thrown;
  }
  function reject(reason: unknown): Promise<never> {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- JavaScript users may do this
    return Promise.reject(reason);
  }
});

describe('valueSource of a text', () => {
  it('returns the token and knows it without reading', async () => {
    const source = valueSource(` ${secret}`, 'argument');
    expect(await read(source)).toBe(secret);
    expect(source.peek().token?.reveal()).toBe(secret);
  });
});
