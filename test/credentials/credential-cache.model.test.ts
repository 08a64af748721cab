import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { QuixError } from 'quix-streams-auth';
import { untilAborted } from '../../src/abort.ts';
import type { BrokerSettings } from '../../src/credentials/broker-credentials.ts';
import { CredentialCache } from '../../src/credentials/credential-cache.ts';
import { valueSource } from '../../src/token/index.ts';

const RUNS = Number(process.env['MODEL_RUNS'] ?? 10_000);

/** Knowledge of a test without the cache, which is enough to detect a wrong result. */
interface Model {
  isClosed: boolean;
  /** Exchanges up to this number began before a refusal. A call that begins now must not get their result. */
  lastOutdated: number;
  /** The credentials that were refused last. A second refusal of them changes nothing. */
  refused: unknown;
}

interface Real {
  readonly cache: CredentialCache;
  /** Whether an exchange has failed. Until then, calls have few reasons to fail. */
  readonly portal: { hasFailed: boolean };
  readonly calls: Promise<void>[];
  /** Returns the number of exchanges that were started. */
  readonly exchanges: () => number;
  readonly isRefreshedByAge: boolean;
  lastGeneration: number;
}

/** Returns settings with the number of the exchange as the workspace id. Comparisons of credentials ignore it. */
const settings = (exchange: number, password: string): BrokerSettings => ({
  workspaceId: String(exchange),
  brokers: ['localhost:9093'],
  securityProtocol: 'SASL_SSL',
  sasl: { mechanism: 'PLAIN', username: 'user', password },
});

type Command = fc.AsyncCommand<Model, Real>;

/** Checks what is true at any time. */
function checkInvariants(real: Real): void {
  const { generation, current } = real.cache;
  expect(generation).toBeGreaterThanOrEqual(real.lastGeneration);
  if (current) expect(current.generation).toBe(generation);
  real.lastGeneration = generation;
}

const command = (name: string, run: (model: Model, real: Real) => void): Command => ({
  check: () => true,
  run: (model, real) => {
    run(model, real);
    checkInvariants(real);
    return Promise.resolve();
  },
  toString: () => name,
});

/** Checks that a call settles in a way that the model allows. */
function checkSettlement(model: Model, real: Real, call: Promise<{ workspaceId: string }>): void {
  const { lastOutdated, isClosed: wasClosed } = model;
  real.calls.push(
    call.then(
      ({ workspaceId }) => {
        expect(wasClosed).toBe(false);
        expect(Number(workspaceId)).toBeGreaterThan(lastOutdated);
      },
      (error: unknown) => {
        expect(error).toBeInstanceOf(QuixError);
        const { code } = error as QuixError;
        if (wasClosed) expect(code).toBe('QUIX_CLIENT_CLOSED');
        if (code === 'QUIX_CLIENT_CLOSED') expect(model.isClosed).toBe(true);
        // If no exchange failed, a call fails only because the Portal still returns refused credentials.
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
      if (!isAborted) checkSettlement(model, real, call);
      else {
        const controller = new AbortController();
        const reason = new Error('aborted');
        const waiting = untilAborted(call, controller.signal);
        controller.abort(reason);
        // A call that settled before the abort keeps its result.
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
      if (cache.current !== model.refused) model.lastOutdated = exchanges();
      model.refused = cache.current;
      cache.invalidate();
    }),
  ),
  fc.nat(2).map((password) =>
    command(`rotate(${password})`, (model, real) => {
      const source = valueSource('sdk-next', String(password));
      checkSettlement(model, real, real.cache.rotate({ source, signal: undefined }));
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

it('agrees with a model in random sequences of calls, aborts, refusals, rotations, responses and close()', async () => {
  const seed = Number(process.env['MODEL_SEED'] ?? randomInt(2 ** 31));
  console.log(`${RUNS} runs, seed ${seed}`);
  const outcome = fc.constantFrom('0', '1', '2', 'unavailable', 'forbidden');
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.commands(commands, { maxCommands: 30 }),
      fc.array(outcome, { minLength: 1, maxLength: 8 }),
      fc.constantFrom(undefined, 1_000),
      async (scheduler, steps, outcomes, maxAgeMs) => {
        let exchanges = 0;
        const portal = { hasFailed: false };
        const startExchange = (outcome: string): Promise<BrokerSettings> => {
          const number = ++exchanges;
          if (outcome.length === 1)
            return scheduler.schedule(Promise.resolve(settings(number, outcome)));
          portal.hasFailed = true;
          const retryable = outcome === 'unavailable';
          const code = retryable ? 'QUIX_PORTAL_UNAVAILABLE' : 'QUIX_FORBIDDEN';
          return scheduler.schedule(Promise.reject(new QuixError(code, outcome, { retryable })));
        };
        const cache = new CredentialCache({
          exchange: {
            // The name of a rotation's source is its password.
            run: (options) =>
              startExchange(
                options?.rotation?.source.name ?? outcomes[exchanges % outcomes.length] ?? '0',
              ),
          },
          maxAgeMs,
          observer: { credentialsChanged: () => undefined, refreshFailed: () => undefined },
        });
        const real: Real = {
          cache,
          portal,
          calls: [],
          exchanges: () => exchanges,
          isRefreshedByAge: maxAgeMs !== undefined,
          lastGeneration: 0,
        };
        const model: Model = { isClosed: false, lastOutdated: 0, refused: undefined };
        await fc.scheduledModelRun(scheduler, () => ({ model, real }), steps);
        await scheduler.waitIdle();
        await Promise.all(real.calls);
        checkInvariants(real);
      },
    ),
    { numRuns: RUNS, seed },
  );
}, 60_000);
