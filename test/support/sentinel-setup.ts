// Setup file of the second pass (SENTINEL=1). It records everything that the code under test prints,
// throws, emits, logs or publishes, and everything that child processes print. After each test the
// records are searched for every token and password that the test used.
import { ChildProcess } from 'node:child_process';
import { channel, subscribe, type Channel } from 'node:diagnostics_channel';
import { format } from 'node:util';
import { afterAll, afterEach, vi, type TaskMeta } from 'vitest';
import { QuixStreamingClient } from 'quix-streams-auth';
import type * as Errors from '../../src/errors.ts';
import type * as Logger from '../../src/logger.ts';
import { Token } from '../../src/token/index.ts';
import { describeHits, sentinel, type Searched } from './sentinel.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** What the sentinel searched after this test. */
    sentinel?: Searched;
  }
}

type Method = (this: unknown, ...args: never[]) => unknown;

/** Replaces a method with `around`, which receives the original call. */
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

// Errors and log lines are recorded when they are created, so that unused ones are searched as well.
vi.mock('../../src/errors.ts', async (original) => {
  const errors = await original<typeof Errors>();
  const recorded = <T>(error: T): T => {
    sentinel.record('a QuixError', error);
    return error;
  };
  wrap(errors.QuixError.prototype, 'copy', (call) => recorded(call()));
  const QuixError: typeof errors.QuixError = new Proxy(errors.QuixError, {
    get: (target, key, receiver) =>
      key === Symbol.hasInstance && receiver === QuixError
        ? (value: unknown) => value instanceof target
        : (Reflect.get(target, key, receiver) as unknown),
    construct: (target, args, newTarget: new () => unknown) =>
      recorded(Reflect.construct(target, args, newTarget) as object),
  });
  return { ...errors, QuixError };
});
vi.mock('../../src/logger.ts', async (original) => {
  const logger = await original<typeof Logger>();
  const log: typeof logger.log = (to, level, message, fields) => {
    sentinel.record(`a log line (${level})`, [message, fields]);
    logger.log(to, level, message, fields);
  };
  return { ...logger, log };
});

// Secrets: tokens when they are revealed, passwords when JSON contains them.
wrap(Token.prototype, 'reveal', (call) => {
  const text = call();
  sentinel.addSecret(text);
  return text;
});
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
const addPasswords = (body: unknown): void => {
  if (!isRecord(body)) return;
  sentinel.addSecret(body['sasl.password']);
  sentinel.addSecret(body['ssl.password']);
};
wrap(JSON, 'parse', (call) => {
  const body = call();
  addPasswords(body);
  return body;
});
wrap(JSON, 'stringify', (call, [body]) => {
  addPasswords(body);
  return call();
});

// Events and results of clients.
wrap(QuixStreamingClient.prototype, 'emit', (call, [event, ...args]) => {
  sentinel.record(`the event ${String(event)}`, args);
  return call();
});
for (const name of ['getBrokerCredentials', 'rotateToken', 'describe', 'getTopic'] as const) {
  wrap(QuixStreamingClient.prototype, name, (call) => {
    const result = call();
    if (!(result instanceof Promise)) sentinel.record(`the result of ${name}()`, result);
    else {
      result.then(
        (value) => {
          sentinel.record(`the result of ${name}()`, value);
        },
        (error: unknown) => {
          sentinel.record(`the rejection of ${name}()`, error);
        },
      );
    }
    return result;
  });
}

// Output of this process. A text with a secret is recorded but not printed, so that a leak does not
// put the secret into the logs of CI.
for (const name of ['debug', 'info', 'log', 'warn', 'error', 'trace', 'dir', 'table'] as const) {
  wrap(console, name, (call, args) => {
    const text = format(...args);
    sentinel.record(`console.${name}`, text);
    return sentinel.isRevealedBy(text) ? undefined : call();
  });
}
for (const name of ['stdout', 'stderr'] as const) {
  wrap(process[name], 'write', (call, args) => {
    const [chunk] = args;
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString();
    sentinel.record(name, text);
    if (!sentinel.isRevealedBy(text)) return call();
    const callback = args.at(-1);
    if (typeof callback === 'function') (callback as () => void)();
    return true;
  });
}
process.on('warning', (warning) => {
  sentinel.record('a warning of the process', warning);
});

// Diagnostics channels. A channel gets another prototype when it has a subscriber.
subscribe('quix-streams-auth:sentinel', () => undefined);
const activeChannel = channel('quix-streams-auth:sentinel');
wrap(Object.getPrototypeOf(activeChannel) as Channel, 'publish', (call, [message], self) => {
  // The channels of undici and Node contain request headers, as docs/security.md says.
  const name = String((self as Channel).name);
  if (name.includes('quix')) sentinel.record(`the channel ${name}`, message);
  return call();
});

// Child processes: tokens in their environment and their output.
interface SpawnOptions {
  readonly envPairs?: readonly string[];
}
wrap(ChildProcess.prototype as ChildProcess & { spawn: Method }, 'spawn', (call, args, self) => {
  const { envPairs = [] } = (args[0] ?? {}) as SpawnOptions;
  for (const pair of envPairs) {
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    // Other tokens, such as those of npm or CI, do not belong to the code under test.
    const isQuixToken = /quix/i.test(name) && /token/i.test(name);
    // A variable X_FILE contains the path of a file.
    if (isQuixToken && !name.endsWith('_FILE')) sentinel.addSecret(value);
  }
  const result = call();
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = (self as ChildProcess)[name];
    if (!stream) continue;
    wrap(stream, 'push', (push, [chunk]) => {
      if (chunk !== null) sentinel.record(`${name} of a child process`, chunk);
      return push();
    });
  }
  return result;
});

function check(meta?: TaskMeta): void {
  const { hits, searched } = sentinel.search();
  if (meta) meta.sentinel = searched;
  if (hits.length > 0) throw new Error(describeHits(hits));
}
afterEach(({ task }) => {
  check(task.meta);
});
afterAll(() => {
  check();
});
