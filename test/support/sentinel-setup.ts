// Before each test file: whatever the code under test prints, throws, emits, logs or publishes, and
// whatever child processes print, is searched after each test for every token and password at hand.
import { ChildProcess } from 'node:child_process';
import { channel, subscribe, type Channel } from 'node:diagnostics_channel';
import { format } from 'node:util';
import { afterAll, afterEach, expect, vi, type TaskMeta } from 'vitest';
import { QuixStreamingClient } from '../../src/client.ts';
import type * as Errors from '../../src/errors.ts';
import { SafeEmitter } from '../../src/events.ts';
import type * as Logger from '../../src/logger.ts';
import { Token } from '../../src/token/index.ts';
import { sentinel, type Searched } from './sentinel.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** Faults of the catalogue that this test covers. */
    faults?: number[];
    /** What the sentinel searched after this test. */
    sentinel?: Searched;
  }
}

// Errors and log lines, where they are made: also those that nobody is shown.
vi.mock('../../src/errors.ts', async (original) => {
  const errors = await original<typeof Errors>();
  const heard = <T>(error: T): T => {
    sentinel.hears('an error', error);
    return error;
  };
  const QuixError: typeof errors.QuixError = new Proxy(errors.QuixError, {
    get: (target, key, receiver) =>
      key === Symbol.hasInstance && receiver === QuixError
        ? (value: unknown) => value instanceof target
        : (Reflect.get(target, key, receiver) as unknown),
    construct: (target, args, newTarget: new () => unknown) =>
      heard(Reflect.construct(target, args, newTarget) as object),
  });
  return { ...errors, QuixError };
});
vi.mock('../../src/logger.ts', async (original) => {
  const logger = await original<typeof Logger>();
  const log: typeof logger.log = (to, level, message) => {
    sentinel.hears(`a log line (${level})`, message);
    logger.log(to, level, message);
  };
  return { ...logger, log };
});

type Method = (this: unknown, ...args: never[]) => unknown;

/** Puts `around` between the callers of a method and the method. */
function wrap<T extends object>(
  target: T,
  key: keyof T,
  around: (call: () => unknown, args: readonly unknown[], self: unknown) => unknown,
): void {
  const method = target[key] as Method;
  Object.defineProperty(target, key, {
    configurable: true,
    writable: true,
    value(this: unknown, ...args: never[]) {
      return around(() => method.apply(this, args), args, this);
    },
  });
}

// Secrets, where the code under test meets them.
wrap(Token.prototype, 'reveal', (call) => {
  const text = call();
  sentinel.hides(text);
  return text;
});
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
const hide = (body: unknown): void => {
  if (!isRecord(body)) return;
  sentinel.hides(body['sasl.password']);
  sentinel.hides(body['ssl.password']);
};
wrap(JSON, 'parse', (call) => {
  const body = call();
  hide(body);
  return body;
});
wrap(JSON, 'stringify', (call, [body]) => {
  hide(body);
  return call();
});

// What it says.
wrap(SafeEmitter.prototype, 'emit', (call, [event, ...args]) => {
  sentinel.hears(`the event ${String(event)}`, args);
  return call();
});
for (const name of ['getBrokerCredentials', 'rotateToken', 'describe', 'getTopic'] as const) {
  wrap(QuixStreamingClient.prototype, name, (call) => {
    const result = call();
    if (!(result instanceof Promise)) sentinel.hears(`${name}()`, result);
    else {
      result.then(
        (value) => {
          sentinel.hears(`the value of ${name}()`, value);
        },
        (error: unknown) => {
          sentinel.hears(`the rejection of ${name}()`, error);
        },
      );
    }
    return result;
  });
}
for (const name of ['debug', 'info', 'log', 'warn', 'error', 'trace', 'dir', 'table'] as const) {
  wrap(console, name, (call, args) => {
    sentinel.hears(`console.${name}`, format(...args));
    return call();
  });
}
for (const [name, stream] of [
  ['stdout', process.stdout],
  ['stderr', process.stderr],
] as const) {
  wrap(stream, 'write', (call, [chunk]) => {
    sentinel.hears(name, chunk);
    return call();
  });
}
process.on('warning', (warning) => {
  sentinel.hears('a warning of the process', warning);
});
// A channel that somebody listens to has another prototype than one that nobody does.
subscribe('quix-streams-auth:sentinel', () => undefined);
const heardChannel = channel('quix-streams-auth:sentinel');
wrap(Object.getPrototypeOf(heardChannel) as Channel, 'publish', (call, [message], self) => {
  // Those of undici and Node show headers to whoever listens: docs/security.md says so.
  const name = String((self as Channel).name);
  if (name.includes('quix')) sentinel.hears(`the channel ${name}`, message);
  return call();
});

// Child processes: what they are given of secrets, and what they print.
interface Spawn {
  readonly args?: readonly string[];
  readonly envPairs?: readonly string[];
}
wrap(ChildProcess.prototype as ChildProcess & { spawn: Method }, 'spawn', (call, args, self) => {
  const { envPairs = [] } = (args[0] ?? {}) as Spawn;
  for (const pair of envPairs) {
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    // An npm or CI token of the machine is nothing of ours, and is not in what we print either.
    if (/quix/i.test(name) && /token/i.test(name)) sentinel.hides(value);
  }
  const result = call();
  for (const stream of ['stdout', 'stderr'] as const) {
    const readable = (self as ChildProcess)[stream];
    if (!readable) continue;
    wrap(readable, 'push', (push, [chunk]) => {
      if (chunk !== null) sentinel.hears(`${stream} of a child process`, chunk);
      return push();
    });
  }
  return result;
});

function check(meta?: TaskMeta): void {
  const { hits, searched } = sentinel.search();
  if (meta) meta.sentinel = searched;
  expect(hits, 'where a secret showed').toEqual([]);
}
afterEach(({ task }) => {
  check(task.meta);
});
afterAll(() => {
  check();
});
