import { randomBytes } from 'node:crypto';
import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import type { Dispatcher } from 'undici';
import type { PortalCounters, PortalSettings, RetryAfterMode } from './rate-limited-portal.ts';

/** The default deadline of a client. */
export const TIMEOUT_MS = 30_000;

/** Clock, network and Portal of a fleet. */
export interface FleetEnvironment {
  readonly portalApi: string;
  readonly dispatcher: Dispatcher;
  startPhase(settings: PortalSettings): Promise<void>;
  counters(): Promise<PortalCounters>;
  /** Calls `begin` and waits for its promise. `pendingCalls` returns the number of unfinished calls. */
  run<T>(begin: () => Promise<T>, pendingCalls: () => number): Promise<T>;
  close(): Promise<void>;
}

/** The result of one call that all clients made at the same time. */
export interface Phase {
  readonly retryAfter: RetryAfterMode;
  readonly name: PhaseName;
  readonly requestsPerClient: number;
  readonly rejectionsPerClient: number;
  /** The time until the last client finished, divided by the least possible time (clients ÷ rate). */
  readonly timeRatio: number;
  readonly longestMs: number;
  /** Requests in the first second, in which all clients start. */
  readonly firstPeak: number;
  /** The most requests in any later second. */
  readonly laterPeak: number;
  /** The number of clients per unexpected outcome. */
  readonly unexpected: Readonly<Record<string, number>>;
}

/** `rotation`: the token of all clients was deactivated. `new token`: they get the token that replaced it. */
export type PhaseName = 'start' | 'restart' | 'rotation' | 'new token';

interface FleetOptions {
  readonly clients: number;
  readonly rate: number;
  readonly retryAfter: RetryAfterMode;
}

/** Runs the four phases with all clients. Yields the result of each phase. */
export async function* runFleet(
  environment: FleetEnvironment,
  { clients: count, rate, retryAfter }: FleetOptions,
): AsyncGenerator<Phase> {
  let token = newToken();
  const createClients = (): QuixStreamingClient[] =>
    Array.from(
      { length: count },
      () =>
        new QuixStreamingClient(() => token, {
          portalApi: environment.portalApi,
          workspaceId: 'org-project-dev',
          env: {},
          timeoutMs: TIMEOUT_MS,
          dispatcher: environment.dispatcher,
        }),
    );
  const measure = async (
    name: PhaseName,
    clients: readonly QuixStreamingClient[],
    acceptedToken: string,
    expected = 'ready',
  ): Promise<Phase> => {
    await environment.startPhase({ token: acceptedToken, retryAfter });
    let startMs = 0;
    let endMs = 0;
    let pending = count;
    const outcomes = await environment.run(
      () => {
        startMs = performance.now();
        return Promise.all(
          clients.map(async (client) => {
            const outcome = await refresh(client);
            endMs = performance.now();
            pending--;
            return { outcome, elapsedMs: endMs - startMs };
          }),
        );
      },
      () => pending,
    );
    const { requests, rejected, perSecond } = await environment.counters();
    const unexpected: Record<string, number> = {};
    for (const { outcome } of outcomes) {
      if (outcome !== expected) unexpected[outcome] = (unexpected[outcome] ?? 0) + 1;
    }
    return {
      retryAfter,
      name,
      requestsPerClient: requests / count,
      rejectionsPerClient: rejected / count,
      timeRatio: (endMs - startMs) / ((count / rate) * 1_000),
      longestMs: Math.max(...outcomes.map(({ elapsedMs }) => elapsedMs)),
      firstPeak: perSecond[0] ?? 0,
      laterPeak: Math.max(0, ...perSecond.slice(1).filter(Number.isFinite)),
      unexpected,
    };
  };

  let clients = createClients();
  yield await measure('start', clients, token);
  await close(clients);
  clients = createClients();
  yield await measure('restart', clients, token);
  const next = newToken();
  yield await measure('rotation', clients, next, 'QUIX_TOKEN_REJECTED');
  token = next;
  yield await measure('new token', clients, token);
  await close(clients);
}

const newToken = (): string => `sdk-${randomBytes(16).toString('hex')}`;

/** Forces an exchange. Resolves to `ready` for new credentials, `cached` for old ones, or an error code. */
async function refresh(client: QuixStreamingClient): Promise<string> {
  const { generation } = client.describe();
  try {
    await client.getBrokerCredentials({ forceRefresh: true });
    return client.describe().generation > generation ? 'ready' : 'cached';
  } catch (error) {
    return error instanceof QuixError ? error.code : String(error);
  }
}

async function close(clients: readonly QuixStreamingClient[]): Promise<void> {
  await Promise.all(clients.map((client) => client.close()));
}
