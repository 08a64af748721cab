import { EventEmitter } from 'eventemitter3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SafeEmitter } from '../../src/client/events.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';

interface Events {
  told: [text: string, more?: number];
  other: [];
}

let emitter: SafeEmitter<Events>;
let warnings: string[];
let heard: unknown[];
const collect = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`);

beforeEach(() => {
  emitter = new SafeEmitter();
  warnings = [];
  heard = [];
  process.on('warning', collect);
});
afterEach(async () => {
  await settle();
  process.off('warning', collect);
});

const hear = (...args: unknown[]): void => void heard.push(args);
/** Warnings of the process, and rejections, come a moment later. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('an emitter', () => {
  it('is an eventemitter3', () => {
    expect(emitter).toBeInstanceOf(EventEmitter);
    expect(emitter.emit('told', 'x')).toBe(false);
  });

  it('gives each listener all arguments, and its context', () => {
    const context = {};
    emitter.on('told', hear);
    emitter.addListener(
      'told',
      function (this: unknown, text) {
        heard.push([this === context, text]);
      },
      context,
    );
    expect(emitter.emit('told', 'x', 1)).toBe(true);
    expect(heard).toEqual([
      ['x', 1],
      [true, 'x'],
    ]);
  });

  it('calls one that listens once, once', () => {
    emitter.once('told', hear);
    emitter.emit('told', 'a');
    emitter.emit('told', 'b');
    expect(heard).toEqual([['a']]);
  });

  it.each(['off', 'removeListener'] as const)('finds by %s what was added', (remove) => {
    emitter.on('told', hear);
    emitter.once('told', hear);
    emitter.addListener('other', hear);
    emitter[remove]('told', hear);
    emitter.emit('told', 'x');
    expect(heard).toEqual([]);
    expect(emitter.listenerCount('told')).toBe(0);
    emitter[remove]('other');
    expect(emitter.listenerCount('other')).toBe(0);
  });

  it('removes only those with the context given, or only those that listen once', () => {
    const [a, b] = [{}, {}];
    emitter.on('told', hear, a);
    emitter.on('told', hear, b);
    emitter.once('told', hear, b);
    emitter.off('told', hear, undefined, true);
    expect(emitter.listenerCount('told')).toBe(2);
    emitter.removeListener('told', hear, a);
    expect(emitter.listenerCount('told')).toBe(1);
  });

  it('is not harmed by removing one that was never added', () => {
    emitter.on('told', hear);
    emitter.off('told', () => undefined);
    expect(emitter.listenerCount('told')).toBe(1);
  });

  it('refuses a listener that is no function, as eventemitter3 does', () => {
    for (const wrong of [undefined, 'x', {}] as never[]) {
      for (const add of ['on', 'once', 'addListener'] as const)
        expect(() => emitter[add]('told', wrong)).toThrow('The listener must be a function');
    }
  });
});

describe('a listener', () => {
  it('that throws stops neither the one who emits nor the other listeners', () => {
    emitter.on('told', () => {
      throw new Error('x');
    });
    emitter.on('told', hear);
    expect(emitter.emit('told', 'a')).toBe(true);
    expect(heard).toEqual([['a']]);
  });

  it('that rejects is caught', async () => {
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- what JavaScript users may do
    emitter.on('told', () => Promise.reject(new TypeError('x')));
    emitter.emit('told', 'a'); // an unhandled rejection would fail this run
    await settle();
    expect(warnings).toEqual([
      'QuixWarning: A listener of a QuixStreamingClient threw (TypeError). It was ignored.',
    ]);
  });

  it('that fails again and again is reported once', async () => {
    let calls = 0;
    emitter.on('told', () => {
      calls++;
      throw new RangeError('x');
    });
    for (const text of ['a', 'b', 'c']) emitter.emit('told', text);
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
    ['an error named by a secret', new Named(secret), 'Error'],
    ['an error that cannot be looked at', hostile, 'Error'],
    ['an object without a prototype', Object.create(null), 'Error'],
  ])('may throw %s, of which only the kind is told', async (_, thrown, kind) => {
    emitter.on('told', () => {
      throw thrown;
    });
    emitter.on('told', hear);
    emitter.emit('told', 'a');
    await settle();
    expect(heard).toEqual([['a']]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`threw (${kind})`);
    expectNoLeak(warnings, [secret]);
  });

  it('may remove itself, or all, while it is called', () => {
    const once = (): void => {
      emitter.off('told', once);
      heard.push('once');
    };
    emitter.on('told', once);
    emitter.on('told', hear);
    emitter.emit('told', 'a');
    emitter.on('told', () => emitter.removeAllListeners());
    emitter.emit('told', 'b');
    emitter.emit('told', 'c');
    expect(heard).toEqual(['once', ['a'], ['b']]);
  });

  it('may be that of several emitters, each of which can remove it', () => {
    const second = new SafeEmitter<Events>();
    const listener = vi.fn();
    emitter.on('told', listener);
    second.on('told', listener);
    emitter.off('told', listener);
    emitter.emit('told', 'a');
    second.emit('told', 'b');
    expect(listener.mock.calls).toEqual([['b']]);
  });
});
