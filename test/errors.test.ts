import { QuixError } from 'quix-streams-auth';
import { expect, it } from 'vitest';

class OwnError extends QuixError {}

it('an error is recognised by instanceof, also when it comes from another copy of the package', () => {
  const error = new QuixError('QUIX_CONFIG', 'Wrong.', { hint: 'Mend it.' });
  expect(error).toBeInstanceOf(QuixError);
  expect(error).toBeInstanceOf(Error);
  const foreign = Object.assign(new Error('Wrong.'), {
    [Symbol.for('quix-streams-auth.QuixError')]: true,
  });
  expect(foreign).toBeInstanceOf(QuixError);
  for (const other of [new Error('x'), null, undefined, 'QuixError', {}])
    expect(other instanceof QuixError).toBe(false);
});

it('a class derived from it is told apart from it', () => {
  expect(new OwnError('QUIX_CONFIG', 'Wrong.')).toBeInstanceOf(OwnError);
  expect(new QuixError('QUIX_CONFIG', 'Wrong.')).not.toBeInstanceOf(OwnError);
});

it('the message ends with what to do next, which is also there alone', () => {
  const error = new QuixError('QUIX_CONFIG', 'Wrong.', { hint: 'Mend it.' });
  expect(error).toMatchObject({
    name: 'QuixError',
    message: 'Wrong. Mend it.',
    hint: 'Mend it.',
    retryable: false,
  });
});

it('a property that is not known is not there', () => {
  expect(Object.keys(new QuixError('QUIX_CONFIG', 'Wrong.')).sort()).toEqual(['code', 'retryable']);
});
