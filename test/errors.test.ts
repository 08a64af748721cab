import { runInNewContext } from 'node:vm';
import { QuixError, type QuixErrorDetails } from 'quix-streams-auth';
import { describe, expect, it } from 'vitest';

class DerivedError extends QuixError {}

const DETAILS: Required<QuixErrorDetails> = {
  retryable: true,
  status: 503,
  correlationId: 'id-1',
  retryAfterMs: 1_000,
  hint: 'Wait.',
  cause: new Error('cause'),
};

describe('instanceof QuixError', () => {
  it('is true for errors of this package, also of another copy of the package', () => {
    const error = new QuixError('QUIX_CONFIG', 'Wrong.');
    expect(error).toBeInstanceOf(QuixError);
    expect(error).toBeInstanceOf(Error);
    const foreign = Object.assign(new Error('Wrong.'), {
      [Symbol.for('quix-streams-auth.QuixError')]: true,
    });
    expect(foreign).toBeInstanceOf(QuixError);
  });

  it.each([[new Error('x')], [null], [undefined], ['QuixError'], [{}]])(
    'is false for %s',
    (value) => {
      expect(value instanceof QuixError).toBe(false);
    },
  );

  it('distinguishes a derived class from its base class', () => {
    expect(new DerivedError('QUIX_CONFIG', 'Wrong.')).toBeInstanceOf(DerivedError);
    expect(new DerivedError('QUIX_CONFIG', 'Wrong.')).toBeInstanceOf(QuixError);
    expect(new QuixError('QUIX_CONFIG', 'Wrong.')).not.toBeInstanceOf(DerivedError);
  });
});

describe('a QuixError', () => {
  it('has a message that ends with the hint, and its details as properties', () => {
    const error = new QuixError('QUIX_CONFIG', 'Wrong.', DETAILS);
    expect(error).toMatchObject({
      ...DETAILS,
      name: 'QuixError',
      code: 'QUIX_CONFIG',
      message: 'Wrong. Wait.',
      summary: 'Wrong.',
    });
  });

  it('has only a code and a message without details, and is not retryable', () => {
    const error = new QuixError('QUIX_CONFIG', 'Wrong.');
    expect(Object.keys(error).sort()).toEqual(['code', 'retryable']);
    expect(Object.hasOwn(error, 'cause')).toBe(false);
    expect(error).toMatchObject({ retryable: false, message: 'Wrong.', summary: 'Wrong.' });
  });
});

describe('copy()', () => {
  const error = new QuixError('QUIX_CONFIG', 'Wrong.', DETAILS);

  it('returns another error with the same properties', () => {
    const copy = error.copy({});
    expect(copy).toBeInstanceOf(QuixError);
    expect(copy).not.toBe(error);
    expect(Object.entries(copy)).toEqual(Object.entries(error));
    expect(copy.message).toBe(error.message);
    expect(copy.cause).toBe(error.cause);
  });

  it('replaces the summary and keeps the hint', () => {
    expect(error.copy({ summary: 'Broken.' })).toMatchObject({
      message: 'Broken. Wait.',
      summary: 'Broken.',
      hint: 'Wait.',
    });
  });

  it('replaces details, and removes those that are undefined', () => {
    const copy = error.copy({ hint: 'Stop.', status: undefined, retryable: false });
    expect(copy).toMatchObject({ message: 'Wrong. Stop.', retryAfterMs: 1_000, retryable: false });
    expect(Object.hasOwn(copy, 'status')).toBe(false);
    expect(error.copy({ hint: undefined }).message).toBe('Wrong.');
  });
});

describe('QuixError.from()', () => {
  const error = new QuixError('QUIX_TOKEN_REJECTED', 'Rejected.', DETAILS);
  const wrap = (property: string, value: unknown): Error =>
    Object.assign(new Error('wrapped'), { [property]: value });

  it.each([
    ['the error itself', error],
    ['a cause', wrap('cause', wrap('cause', error))],
    ['an AggregateError', new AggregateError([new Error('first'), wrap('cause', error)])],
    ['the originalError of kafkajs', wrap('originalError', error)],
    ['the event of a crashed consumer', { type: 'consumer.crash', payload: { error } }],
    ['several levels', wrap('errors', [wrap('cause', new AggregateError([wrap('cause', error)]))])],
  ])('finds a QuixError in %s', (_, thrown) => {
    expect(QuixError.from(thrown)).toBe(error);
  });

  it.each([
    [undefined],
    [null],
    ['QUIX_TOKEN_REJECTED: Rejected.'],
    [42],
    [() => error],
    [new Error('QUIX_TOKEN_REJECTED')],
    [wrap('code', 'QUIX_TOKEN_REJECTED')],
    [new AggregateError([new Error('x')], 'x', { cause: new TypeError('y') })],
  ])('returns undefined for %s', (thrown) => {
    expect(QuixError.from(thrown)).toBeUndefined();
  });

  it('prefers an error that is not retryable, because a Kafka client stops retrying after it', () => {
    const final = new QuixError('QUIX_CONFIG', 'Wrong.');
    expect(QuixError.from(new AggregateError([error, wrap('cause', final)]))).toBe(final);
    const other = new QuixError('QUIX_PORTAL_UNAVAILABLE', 'Later.', { retryable: true });
    expect(QuixError.from(new AggregateError([error, other]))).toBe(error);
  });

  it('returns the outer of two nested QuixErrors', () => {
    const outer = new QuixError('QUIX_CREDENTIALS_REFUSED', 'Refused.', {
      retryable: true,
      cause: new QuixError('QUIX_CONFIG', 'Wrong.'),
    });
    expect(QuixError.from(outer)).toBe(outer);
  });

  it('finds an error of another realm or of another copy of the package', () => {
    const code = `
      const error = new Error('Rejected.');
      error[Symbol.for('quix-streams-auth.QuixError')] = true;
      ({ error, wrapped: new AggregateError([new Error('wrapped', { cause: error })]) })`;
    const foreign = runInNewContext(code) as Record<'error' | 'wrapped', unknown>;
    expect(QuixError.from(foreign.wrapped)).toBe(foreign.error);
  });

  it('searches objects that refer to each other once', () => {
    const cyclic = new AggregateError([new Error('x')]);
    cyclic.errors.push(cyclic);
    cyclic.cause = wrap('cause', cyclic);
    expect(QuixError.from(cyclic)).toBeUndefined();
    cyclic.errors.push(error);
    expect(QuixError.from(cyclic)).toBe(error);
  });

  it('ignores getters that throw, and proxies that refuse every operation', () => {
    const refuse = (): never => {
      throw new Error('refused');
    };
    const proxy = new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse });
    const { proxy: revoked, revoke } = Proxy.revocable({}, {});
    revoke();
    const hostile = Object.defineProperty(wrap('errors', [proxy, revoked, error]), 'cause', {
      get: refuse,
    });
    expect(QuixError.from(hostile)).toBe(error);
    expect(QuixError.from(proxy)).toBeUndefined();
    expect(QuixError.from(revoked)).toBeUndefined();
  });

  it('ignores a proxy that returns true for each property, as does instanceof', () => {
    const proxy = new Proxy({}, { get: () => true, has: () => true });
    expect(QuixError.from(proxy)).toBeUndefined();
    expect(proxy instanceof QuixError).toBe(false);
  });

  it('ignores a length that is not a number', () => {
    expect(QuixError.from(wrap('errors', { length: Symbol('length') }))).toBeUndefined();
  });

  it('finds a QuixError among 1,000 errors, in a list and behind causes', () => {
    const plain = Array.from({ length: 999 }, () => new Error('x'));
    expect(QuixError.from(new AggregateError([...plain, error]))).toBe(error);
    expect(
      QuixError.from(plain.reduce((cause, each) => Object.assign(each, { cause }), error)),
    ).toBe(error);
  });

  it('reads at most 10,000 properties of wrapped errors, and searches what it has read', () => {
    let reads = 0;
    const get = (_: object, key: PropertyKey): unknown => {
      reads++;
      if (key === 'length') return 1e9;
      throw new Error('refused');
    };
    const proxies = Array.from({ length: 990 }, () => new Proxy({}, { get }));
    expect(QuixError.from(wrap('errors', [...proxies, error]))).toBe(error);
    expect(reads).toBeGreaterThan(5_000);
    expect(reads).toBeLessThan(20_000);
  });

  it.each([
    ['getters that return new objects', () => endless()],
    [
      'a very long list',
      () =>
        wrap(
          'errors',
          Array.from({ length: 1_000_000 }, () => ({})),
        ),
    ],
    ['a list with a wrong length', () => ({ errors: { length: 2 ** 53 } })],
  ])('ends for %s', (_, make) => {
    expect(QuixError.from(make())).toBeUndefined();
  });

  function endless(): object {
    return Object.defineProperties(
      {},
      { cause: { get: () => endless() }, errors: { get: () => [endless(), endless()] } },
    );
  }
});
