import { EventEmitter } from 'eventemitter3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SafeEmitter } from '../../src/client/events.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';

interface Events {
  changed: [text: string, count?: number];
  other: [];
}

let emitter: SafeEmitter<Events>;
let warnings: string[];
let received: unknown[];
const collect = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`);

beforeEach(() => {
  emitter = new SafeEmitter();
  warnings = [];
  received = [];
  process.on('warning', collect);
});
afterEach(async () => {
  await settle();
  process.off('warning', collect);
});

const receive = (...args: unknown[]): void => void received.push(args);
/** Waits until process warnings and rejections were reported. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('an emitter', () => {
  it('is an emitter of eventemitter3', () => {
    expect(emitter).toBeInstanceOf(EventEmitter);
    expect(emitter.emit('changed', 'x')).toBe(false);
  });

  it('passes all arguments and the context to each listener', () => {
    const context = {};
    emitter.on('changed', receive);
    emitter.addListener(
      'changed',
      function (this: unknown, text) {
        received.push([this === context, text]);
      },
      context,
    );
    expect(emitter.emit('changed', 'x', 1)).toBe(true);
    expect(received).toEqual([
      ['x', 1],
      [true, 'x'],
    ]);
  });

  it('calls a once() listener once', () => {
    emitter.once('changed', receive);
    emitter.emit('changed', 'a');
    emitter.emit('changed', 'b');
    expect(received).toEqual([['a']]);
  });

  it.each(['off', 'removeListener'] as const)(
    'removes listeners by %s(), however they were added',
    (remove) => {
      emitter.on('changed', receive);
      emitter.once('changed', receive);
      emitter.addListener('other', receive);
      emitter[remove]('changed', receive);
      emitter.emit('changed', 'x');
      expect(received).toEqual([]);
      expect(emitter.listenerCount('changed')).toBe(0);
      emitter[remove]('other');
      expect(emitter.listenerCount('other')).toBe(0);
    },
  );

  it('removes only listeners with a given context, or only once() listeners', () => {
    const [a, b] = [{}, {}];
    emitter.on('changed', receive, a);
    emitter.on('changed', receive, b);
    emitter.once('changed', receive, b);
    emitter.off('changed', receive, undefined, true);
    expect(emitter.listenerCount('changed')).toBe(2);
    emitter.removeListener('changed', receive, a);
    expect(emitter.listenerCount('changed')).toBe(1);
  });

  it('ignores the removal of a listener that was never added', () => {
    emitter.on('changed', receive);
    emitter.off('changed', () => undefined);
    expect(emitter.listenerCount('changed')).toBe(1);
  });

  it('rejects a listener that is not a function, as eventemitter3 does', () => {
    for (const wrong of [undefined, 'x', {}] as never[]) {
      for (const add of ['on', 'once', 'addListener'] as const)
        expect(() => emitter[add]('changed', wrong)).toThrow(TypeError);
    }
  });
});

describe('a listener', () => {
  it('that throws affects neither emit() nor the other listeners', () => {
    emitter.on('changed', () => {
      throw new Error('x');
    });
    emitter.on('changed', receive);
    expect(emitter.emit('changed', 'a')).toBe(true);
    expect(received).toEqual([['a']]);
  });

  it('that rejects is reported by a process warning', async () => {
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- what JavaScript users may do
    emitter.on('changed', () => Promise.reject(new TypeError('x')));
    emitter.emit('changed', 'a'); // an unhandled rejection would fail this run
    await settle();
    expect(warnings).toEqual([expect.stringMatching(/^QuixWarning: .*\(TypeError\)/)]);
  });

  it('that fails repeatedly is reported once', async () => {
    let calls = 0;
    emitter.on('changed', () => {
      calls++;
      throw new RangeError('x');
    });
    for (const text of ['a', 'b', 'c']) emitter.emit('changed', text);
    await settle();
    expect(calls).toBe(3);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('(RangeError)');
  });

  const secret = randomSecret();
  class Named extends Error {
    static override readonly name = secret;
    override readonly name = secret;
  }
  const hostile = new Proxy(new Error(secret), {
    get: () => {
      throw new Error(secret);
    },
    getPrototypeOf: () => {
      throw new Error(secret);
    },
  });

  it.each<[string, unknown, string]>([
    ['a text', secret, 'string'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'Error'],
    ['an error with a secret as its name', new Named(secret), 'Error'],
    ['an error with properties that cannot be read', hostile, 'Error'],
    ['an object without a prototype', Object.create(null), 'Error'],
  ])('can throw %s, and only its kind is reported', async (_, thrown, kind) => {
    emitter.on('changed', () => {
      throw thrown;
    });
    emitter.on('changed', receive);
    emitter.emit('changed', 'a');
    await settle();
    expect(received).toEqual([['a']]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`(${kind})`);
    expectNoLeak(warnings, [secret]);
  });

  it('can remove itself or all listeners while it is called', () => {
    const once = (): void => {
      emitter.off('changed', once);
      received.push('once');
    };
    emitter.on('changed', once);
    emitter.on('changed', receive);
    emitter.emit('changed', 'a');
    emitter.on('changed', () => emitter.removeAllListeners());
    emitter.emit('changed', 'b');
    emitter.emit('changed', 'c');
    expect(received).toEqual(['once', ['a'], ['b']]);
  });

  it('can be added to several emitters and removed from each', () => {
    const second = new SafeEmitter<Events>();
    const listener = vi.fn();
    emitter.on('changed', listener);
    second.on('changed', listener);
    emitter.off('changed', listener);
    emitter.emit('changed', 'a');
    second.emit('changed', 'b');
    expect(listener.mock.calls).toEqual([['b']]);
  });
});
