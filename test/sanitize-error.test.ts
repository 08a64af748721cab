import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorCode, readProperty, sanitizeError } from '../src/sanitize-error.ts';
import { expectNoLeak, randomSecret } from './support/leaks.ts';

const secret = randomSecret();
const hostile = (target: object): object =>
  new Proxy(target, {
    get() {
      throw new Error(secret);
    },
    getPrototypeOf() {
      throw new Error(secret);
    },
    ownKeys() {
      throw new Error(secret);
    },
  });

describe('sanitizeError()', () => {
  it('keeps the name and code of a foreign error, and uses the code as message', () => {
    const safe = sanitizeError(Object.assign(new TypeError(secret), { code: 'ERR_INVALID_CHAR' }));
    expect(safe).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_CHAR' });
    expect(safe.message).toBe('ERR_INVALID_CHAR');
    expect(safe).toBeInstanceOf(Error);
    expect(String(safe)).toBe('TypeError: ERR_INVALID_CHAR');
    expect(inspect(safe)).toMatch(/TypeError.*ERR_INVALID_CHAR/);
  });

  it('uses a fixed message when there is no code', () => {
    const safe = sanitizeError(new RangeError(secret));
    expect(safe.message).toMatch(/\w/);
    expect(safe.stack).toBe(`RangeError: ${safe.message}`);
    expect(safe).not.toHaveProperty('code');
  });

  it.each<[string, unknown]>([
    ['string', secret],
    ['undefined', undefined],
    ['number', 42],
    ['function', () => secret],
    ['symbol', Symbol(secret)],
  ])('keeps only the type of a value that is not an object: %s', (type, thrown) => {
    const safe = sanitizeError(thrown);
    expect(safe.message).toContain(` ${type} `);
    expectNoLeak(safe, [secret]);
    expect(safe.name).toBe('Error');
  });

  it.each<[string, unknown]>([
    ['its message', new Error(secret)],
    ['its cause', new Error('x', { cause: new Error(secret) })],
    ['its stack', Object.assign(new Error('x'), { stack: secret })],
    ['its name', Object.assign(new Error('x'), { name: secret })],
    ['its code', Object.assign(new Error('x'), { code: secret })],
    ['its code in capitals', Object.assign(new Error('x'), { code: secret.toUpperCase() })],
    [
      'a property',
      Object.assign(new Error('x'), { config: { headers: { authorization: secret } } }),
    ],
    ['a hidden property', Object.defineProperty(new Error('x'), 'data', { value: secret })],
    ['a symbol', Object.assign(new Error('x'), { [Symbol(secret)]: secret })],
    ['the errors of an aggregate', new AggregateError([new Error(secret)], secret)],
    ['bytes', Object.assign(new Error('x'), { body: Buffer.from(secret) })],
    ['a text', secret],
    ['a plain object', { message: secret, name: secret, toString: () => secret }],
    ['hostile getters', hostile(new Error(secret))],
    [
      'getters that return or throw it',
      {
        get name(): never {
          throw new Error(secret);
        },
        get code(): string {
          return secret;
        },
      },
    ],
  ])('drops a secret in %s', (_, thrown) => {
    expectNoLeak(sanitizeError(thrown), [secret]);
  });

  it.each(['', 'a b', 'a\nb', 'x'.repeat(65), '1Error', 'E-R', 'é', '<b>'])(
    'replaces the invalid name %j',
    (name) => {
      expect(sanitizeError(Object.assign(new Error('x'), { name })).name).toBe('Error');
    },
  );

  it('returns an error with only name, message, stack and code for any value, hostile ones included', () => {
    const things = fc.oneof(
      fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true }),
      fc.object().map((properties) => Object.assign(new Error('x'), properties)),
      fc.record({ name: fc.anything(), code: fc.anything(), message: fc.anything() }),
      fc.anything().map((value) => (typeof value === 'object' && value ? hostile(value) : value)),
    );
    fc.assert(
      fc.property(things, (thrown) => {
        const safe = sanitizeError(thrown);
        expect(safe).toBeInstanceOf(Error);
        expect(safe.name).toMatch(/^[A-Za-z][A-Za-z0-9]*$/);
        expect(safe.stack).toBe(`${safe.name}: ${safe.message}`);
        const keys = Reflect.ownKeys(safe)
          .filter((key) => key !== 'code')
          .sort();
        expect(keys).toEqual(['message', 'name', 'stack']);
        expect(() => inspect(safe, { showHidden: true })).not.toThrow();
      }),
      { numRuns: 100 },
    );
  });
});

describe('errorCode()', () => {
  it.each(['ECONNREFUSED', 'EAI_AGAIN', 'UND_ERR_SOCKET', 'ERR_SSL_WRONG_VERSION_NUMBER', 'E2BIG'])(
    'returns the code %s',
    (code) => {
      expect(errorCode({ code })).toBe(code);
    },
  );

  it.each([
    undefined,
    null,
    'E',
    'econnrefused',
    'E CONN',
    404,
    ['EPIPE'],
    '1E',
    'X'.repeat(65),
    'E\n',
  ])('returns undefined for the code %j', (code) => {
    expect(errorCode({ code })).toBeUndefined();
  });

  it.each([[undefined], [null], ['EPIPE'], [42], [hostile({ code: 'EPIPE' })]])(
    'returns undefined for a value without a readable code (%#)',
    (thrown) => {
      expect(errorCode(thrown)).toBeUndefined();
    },
  );
});

describe('readProperty()', () => {
  it('returns a property, or undefined when reading it throws', () => {
    expect(readProperty({ a: 1 }, 'a')).toBe(1);
    expect(readProperty(hostile({ a: 1 }), 'a')).toBeUndefined();
  });
});
