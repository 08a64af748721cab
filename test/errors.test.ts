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
