import { randomBytes } from 'node:crypto';
import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import type { Dispatcher } from 'undici';
import type { Orders, Tallies, Telling } from './admission.ts';

/** Of each client, the default. */
export const TIMEOUT_MS = 30_000;

/** Where the clients are, and how they reach the Portal. */
export interface World {
  readonly portalApi: string;
  readonly dispatcher: Dispatcher;
  order(orders: Orders): Promise<void>;
  tallies(): Promise<Tallies>;
  /** Waits for what `begin` began; `calls` tells how many calls are not over yet. */
  passUntil<T>(begin: () => Promise<T>, calls: () => number): Promise<T>;
  close(): Promise<void>;
}

/** What came of one thing that all clients did at once. */
export interface Phase {
  readonly telling: Telling;
  readonly name: string;
  readonly requestsPerClient: number;
  readonly rejectionsPerClient: number;
  /** The time until the last client was done over clients ÷ rate. */
  readonly overIdeal: number;
  readonly longestMs: number;
  /** In the first second, in which all begin. */
  readonly firstPeak: number;
  /** In any second after it. */
  readonly laterPeak: number;
  /** Clients that did not come to what this phase has to come to, by what they came to. */
  readonly astray: Readonly<Record<string, number>>;
}

interface FleetOptions {
  readonly clients: number;
  readonly rate: number;
  readonly telling: Telling;
}

/** All start at once, are all restarted, have their token rotated away, and are given the new one. */
export async function* runFleet(
  world: World,
  { clients: count, rate, telling }: FleetOptions,
): AsyncGenerator<Phase> {
  let token = newToken();
  const start = (): QuixStreamingClient[] =>
    Array.from(
      { length: count },
      () =>
        new QuixStreamingClient(() => token, {
          portalApi: world.portalApi,
          workspaceId: 'org-project-dev',
          env: {},
          timeoutMs: TIMEOUT_MS,
          dispatcher: world.dispatcher,
        }),
    );
  const measure = async (
    name: string,
    clients: readonly QuixStreamingClient[],
    accepted: string,
    expected = 'ready',
  ): Promise<Phase> => {
    await world.order({ token: accepted, telling });
    let startMs = 0;
    let endMs = 0;
    let calls = count;
    const outcomes = await world.passUntil(
      () => {
        startMs = performance.now();
        return Promise.all(
          clients.map(async (client) => {
            const outcome = await askPortal(client);
            endMs = performance.now();
            calls--;
            return { outcome, tookMs: endMs - startMs };
          }),
        );
      },
      () => calls,
    );
    const { requests, rejected, perSecond } = await world.tallies();
    const astray: Record<string, number> = {};
    for (const { outcome } of outcomes) {
      if (outcome !== expected) astray[outcome] = (astray[outcome] ?? 0) + 1;
    }
    return {
      telling,
      name,
      requestsPerClient: requests / count,
      rejectionsPerClient: rejected / count,
      overIdeal: (endMs - startMs) / ((count / rate) * 1_000),
      longestMs: Math.max(...outcomes.map(({ tookMs }) => tookMs)),
      firstPeak: perSecond[0] ?? 0,
      laterPeak: Math.max(0, ...perSecond.slice(1).filter(Number.isFinite)),
      astray,
    };
  };

  let clients = start();
  yield await measure('start of all', clients, token);
  await close(clients);
  clients = start();
  yield await measure('restart of all', clients, token);
  const next = newToken();
  yield await measure('mass 401', clients, next, 'QUIX_TOKEN_REJECTED');
  token = next;
  yield await measure('Token 2', clients, token);
  await close(clients);
}

const newToken = (): string => `sdk-${randomBytes(16).toString('hex')}`;

/** What a forced exchange comes to: `ready` if it brought an answer of its own, else an error's code. */
async function askPortal(client: QuixStreamingClient): Promise<string> {
  const { generation } = client.describe();
  try {
    await client.getBrokerCredentials({ forceRefresh: true });
    return client.describe().generation > generation ? 'ready' : 'last-good';
  } catch (error) {
    return error instanceof QuixError ? error.code : String(error);
  }
}

async function close(clients: readonly QuixStreamingClient[]): Promise<void> {
  await Promise.all(clients.map((client) => client.close()));
}
