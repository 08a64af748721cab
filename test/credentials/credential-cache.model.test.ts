import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { QuixError } from 'quix-streams-auth';
import { untilAborted } from '../../src/abort.ts';
import type { BrokerSettings } from '../../src/credentials/broker-credentials.ts';
import { CredentialCache, type ExchangeAnswer } from '../../src/credentials/credential-cache.ts';

const RUNS = Number(process.env['MODEL_RUNS'] ?? 10_000);

/** What is known without the cache: all that a reference needs to tell a wrong answer from a right one. */
interface Model {
  isClosed: boolean;
  /** No call that begins now may get the answer of an exchange up to this one: it began before a refusal. */
  floor: number;
  /** What was refused last: saying it again changes nothing. */
  refused: unknown;
}

interface Real {
  readonly cache: CredentialCache;
  /** Whether the Portal ever failed; if not, calls have little reason to. */
  readonly portal: { hasFailed: boolean };
  readonly calls: Promise<void>[];
  /** Numbers an exchange, and has its answer come at some time. */
  readonly ask: (outcome: string) => Promise<ExchangeAnswer>;
  readonly exchanges: () => number;
  readonly isRefreshedByAge: boolean;
  lastGeneration: number;
}

/** Which exchange it is from is told by a field that Kafka does not get to see. */
const settings = (exchange: number, password: string): BrokerSettings => ({
  workspaceId: String(exchange),
  brokers: ['localhost:9093'],
  securityProtocol: 'SASL_SSL',
  sasl: { mechanism: 'PLAIN', username: 'user', password },
});

type Command = fc.AsyncCommand<Model, Real>;

/** Checks what holds at any time. */
function look(real: Real): void {
  const { generation, current } = real.cache;
  expect(generation).toBeGreaterThanOrEqual(real.lastGeneration);
  if (current) expect(current.generation).toBe(generation);
  real.lastGeneration = generation;
}

const command = (name: string, run: (model: Model, real: Real) => void): Command => ({
  check: () => true,
  run: (model, real) => {
    run(model, real);
    look(real);
    return Promise.resolve();
  },
  toString: () => name,
});

/** Follows a call to its end, which must be one that the model allows. */
function follow(model: Model, real: Real, call: Promise<{ workspaceId: string }>): void {
  const { floor, isClosed: wasClosed } = model;
  real.calls.push(
    call.then(
      ({ workspaceId }) => {
        expect(wasClosed).toBe(false);
        expect(Number(workspaceId)).toBeGreaterThan(floor);
      },
      (error: unknown) => {
        expect(error).toBeInstanceOf(QuixError);
        const { code } = error as QuixError;
        if (wasClosed) expect(code).toBe('QUIX_CLIENT_CLOSED');
        if (code === 'QUIX_CLIENT_CLOSED') expect(model.isClosed).toBe(true);
        // Without a failure of the Portal, only Kafka's refusal of what it still gives is a reason.
        else if (!real.portal.hasFailed) expect(code).toBe('QUIX_CREDENTIALS_REFUSED');
      },
    ),
  );
}

const calls = fc
  .record({ force: fc.boolean(), isAborted: fc.boolean() })
  .map(({ force, isAborted }) =>
    command(`call(force: ${force}, aborted: ${isAborted})`, (model, real) => {
      const { cache, exchanges, isRefreshedByAge } = real;
      const isCached = !force && cache.current !== undefined && !cache.isRefused;
      const before = exchanges();
      const call = cache.get(force);
      if (isCached && !isRefreshedByAge) expect(exchanges()).toBe(before);
      if (!isAborted) follow(model, real, call);
      else {
        const controller = new AbortController();
        const reason = new Error('enough');
        const waiting = untilAborted(call, controller.signal);
        controller.abort(reason);
        // A call that was over by then may keep its own end.
        real.calls.push(
          waiting.then(
            () => undefined,
            (error: unknown) => {
              if (!(error instanceof QuixError)) expect(error).toBe(reason);
            },
          ),
        );
      }
    }),
  );

const commands = [
  calls,
  calls,
  fc.constant(
    command('invalidate', (model, { cache, exchanges }) => {
      if (cache.current !== model.refused) model.floor = exchanges();
      model.refused = cache.current;
      cache.invalidate();
    }),
  ),
  fc.nat(2).map((password) =>
    command(`rotate(${password})`, (model, real) => {
      follow(
        model,
        real,
        real.cache.install(() => real.ask(String(password))),
      );
    }),
  ),
  fc.constantFrom(500, 2_000, 61_000).map((ms) =>
    command(`wait(${ms})`, () => {
      vi.advanceTimersByTime(ms);
    }),
  ),
  fc.constant(
    command('close', (model, { cache }) => {
      model.isClosed = true;
      cache.close(new QuixError('QUIX_CLIENT_CLOSED', 'closed'));
    }),
  ),
];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('agrees with a tiny model under every interleaving of calls, aborts, invalidations, rotations, answers and close', async () => {
  const seed = Number(process.env['MODEL_SEED'] ?? randomInt(2 ** 31));
  console.log(`${RUNS} runs, seed ${seed}`);
  const outcome = fc.constantFrom('0', '1', '2', 'away', 'forbidden');
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.commands(commands, { maxCommands: 30 }),
      fc.array(outcome, { minLength: 1, maxLength: 8 }),
      fc.constantFrom(undefined, 1_000),
      async (scheduler, steps, outcomes, maxAgeMs) => {
        let exchanges = 0;
        const portal = { hasFailed: false };
        const ask = (next: string): Promise<ExchangeAnswer> => {
          const number = ++exchanges;
          if (next.length === 1)
            return scheduler.schedule(Promise.resolve({ settings: settings(number, next) }));
          portal.hasFailed = true;
          const code = next === 'away' ? 'QUIX_PORTAL_UNAVAILABLE' : 'QUIX_FORBIDDEN';
          const error = new QuixError(code, next, { retryable: next === 'away' });
          return scheduler.schedule(Promise.reject(error));
        };
        const cache = new CredentialCache({
          exchange: () => ask(outcomes[exchanges % outcomes.length] ?? '0'),
          maxAgeMs,
          onChange: () => undefined,
          onRefreshFailed: () => undefined,
        });
        const real: Real = {
          cache,
          portal,
          calls: [],
          ask,
          exchanges: () => exchanges,
          isRefreshedByAge: maxAgeMs !== undefined,
          lastGeneration: 0,
        };
        const model: Model = { isClosed: false, floor: 0, refused: undefined };
        await fc.scheduledModelRun(scheduler, () => ({ model, real }), steps);
        await scheduler.waitIdle();
        await Promise.all(real.calls);
        look(real);
      },
    ),
    { numRuns: RUNS, seed },
  );
}, 60_000);
