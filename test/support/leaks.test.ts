import { describe, expect, it } from 'vitest';
import { expectNoLeak, randomSecret } from './leaks.ts';
import { fingerprintOf } from './sentinel.ts';

const secret = randomSecret();
const hidden = (key: PropertyKey, value: unknown): object =>
  Object.defineProperty({}, key, { value, enumerable: false });

class Printed {
  toString(): string {
    return secret;
  }
}

class Serialised {
  toJSON(): string {
    return secret;
  }
}

describe('expectNoLeak', () => {
  it.each<[string, unknown]>([
    ['a text', `token: ${secret}`],
    ['another case', secret.toUpperCase()],
    ['a part', secret.slice(7, 19)],
    ['base64', Buffer.from(secret).toString('base64')],
    ['the base64 form of a longer text', Buffer.from(`Bearer ${secret}!`).toString('base64')],
    ['base64url', Buffer.from(`>>>???${secret}`).toString('base64url')],
    ['hex', Buffer.from(secret).toString('hex')],
    ['percent encoding', secret.replaceAll('-', '%2D')],
    ['a message', new Error(secret)],
    ['a stack', Object.assign(new Error('x'), { stack: secret })],
    ['a cause', new Error('x', { cause: new Error('y', { cause: { deep: [secret] } }) })],
    ['an aggregate', new AggregateError([new Error(secret)])],
    ['a hidden property', hidden('password', secret)],
    ['a symbol', hidden(Symbol('password'), secret)],
    ['a key', { [secret]: true }],
    ['the description of a symbol', { [Symbol(secret)]: true }],
    [
      'an own getter',
      {
        get password(): string {
          return secret;
        },
      },
    ],
    ['a map', new Map([['password', secret]])],
    ['a set', new Set([secret])],
    ['bytes', { body: Buffer.from(secret) }],
    ['a property of a function', Object.assign(() => undefined, { secret })],
    ['String()', new Printed()],
    ['JSON', new Serialised()],
  ])('finds a secret in %s', (_, value) => {
    expect(() => {
      expectNoLeak(value, [randomSecret(), secret]);
    }).toThrow('A secret leaks at');
  });

  it('finds a secret that is escaped or encoded', () => {
    const odd = 'p"ss/w+rd \\ é€';
    for (const form of [JSON.stringify(odd), encodeURIComponent(odd), odd]) {
      expect(() => {
        expectNoLeak({ form }, [odd]);
      }).toThrow('A secret leaks at');
    }
  });

  it('names the place and the fingerprint of a secret, but not the secret', () => {
    for (const value of [{ deep: secret }, { [secret]: true }]) {
      let message = '';
      try {
        expectNoLeak(value, [secret]);
      } catch (error) {
        message = String(error);
      }
      expect(message).toContain(fingerprintOf(secret));
      expectNoLeak(message, [secret]);
    }
  });

  it('finds nothing in a value without secrets', () => {
    const loop: Record<string, unknown> = { error: new Error('x'), list: [1, null, undefined] };
    loop['self'] = loop;
    expectNoLeak(loop, [secret, randomSecret()]);
  });

  it('ignores private fields and getters of the prototype', () => {
    class Holder {
      readonly #secret = secret;
      get secret(): string {
        return this.#secret;
      }
    }
    expectNoLeak(new Holder(), [secret]);
  });

  it('rejects secrets that are too short or missing', () => {
    expect(() => {
      expectNoLeak('', ['short']);
    }).toThrow('8 characters');
    expect(() => {
      expectNoLeak('', []);
    }).toThrow('8 characters');
  });
});
