import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { QuixStreamingClient } from 'quix-streams-auth';
import {
  startPortalEmulator,
  type PortalEmulator,
  type PortalFault,
} from 'quix-streams-auth/testing';
import { expect, it } from 'vitest';
import { describeHits, sentinel } from '../support/sentinel.ts';

const MINUTES = Number(process.env['SOAK_MINUTES'] ?? 1);
const SEED = Number(process.env['SOAK_SEED'] ?? randomInt(2 ** 31));
/** Number of concurrent services. Each has its own Portal. */
const SERVICES = 5;
/** Number of steps between two measurements of the heap. */
const STEPS = 30;
const HEAP_TOLERANCE = 1.1;

const temporaryFaults: Partial<PortalFault>[] = [
  { status: 500 },
  { status: 503, headers: { 'retry-after': '0' } },
  { status: 429 },
  { transport: 'reset' },
  { transport: 'truncate' },
];

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('call'), callers: fc.nat(50) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('abort'), afterMs: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('refresh') }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('fault'), which: fc.constantFrom(...temporaryFaults) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rotate tokens') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rotate by call') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('change password') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('outage') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart') }) },
);
interface Step {
  readonly do: string;
  readonly callers?: number;
  readonly afterMs?: number;
  readonly which?: Partial<PortalFault>;
}

class Service {
  readonly portal: PortalEmulator;
  client: QuixStreamingClient;
  calls = 0;
  readonly failures: string[] = [];

  constructor(portal: PortalEmulator) {
    this.portal = portal;
    this.client = this.#connect();
  }

  #connect(): QuixStreamingClient {
    return new QuixStreamingClient(() => this.portal.token1, {
      portalApi: this.portal.url,
      workspaceId: this.portal.workspaceId,
      timeoutMs: 1_500,
    });
  }

  /** Takes one step. Each call in it could be served with the current password. */
  async take(next: Step): Promise<void> {
    const { portal, client } = this;
    switch (next.do) {
      case 'call':
        await Promise.all(Array.from({ length: next.callers ?? 1 }, () => this.#served(next.do)));
        return;
      case 'abort': {
        const controller = new AbortController();
        const waiting = client.getBrokerCredentials({
          signal: controller.signal,
          forceRefresh: true,
        });
        waiting.catch(() => undefined);
        await delay(next.afterMs);
        controller.abort();
        return;
      }
      case 'refresh':
        await this.#served(next.do, { forceRefresh: true });
        return;
      case 'fault':
        portal.faults.push({ ...next.which });
        await this.#served(next.do, { forceRefresh: true });
        portal.faults.length = 0;
        return;
      case 'rotate tokens':
        portal.rotateTokens();
        await this.#served(next.do, { forceRefresh: true });
        return;
      case 'rotate by call':
        portal.rotateTokens();
        await client.rotateToken(() => portal.token1);
        await this.#served(next.do);
        return;
      case 'change password': {
        const password = randomBytes(12).toString('hex');
        portal.setBroker({ sasl: { password } });
        client.invalidate();
        await this.#served(next.do, {}, password);
        return;
      }
      case 'outage':
        portal.faults.push({ transport: 'reset', times: Infinity });
        await Promise.all([this.#served(next.do), this.#served(next.do, { forceRefresh: true })]);
        portal.faults.length = 0;
        return;
      case 'restart':
        await client.close();
        this.client = this.#connect();
        await this.#served(next.do);
    }
  }

  async #served(
    during: string,
    options: { forceRefresh?: boolean } = {},
    password?: string,
  ): Promise<void> {
    this.calls++;
    try {
      const { sasl } = await this.client.getBrokerCredentials(options);
      if (password !== undefined && sasl?.password !== password)
        throw new Error('an outdated password');
    } catch (error) {
      this.failures.push(`${during}: ${String(error)}`);
    }
  }
}

const median = (values: number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

it(
  'clients that run for a long time fail no avoidable call and use no more memory or handles than at the start',
  { meta: { faults: [86] } },
  async () => {
    const { gc } = globalThis;
    if (!gc) throw new Error('The test needs --expose-gc. Start it with `npm run soak`.');
    console.log(`SOAK_MINUTES=${MINUTES} SOAK_SEED=${SEED}`);
    const services: Service[] = [];
    for (let each = 0; each < SERVICES; each++)
      services.push(new Service(await startPortalEmulator()));
    // The first exchange loads code, which may take longer than the timeout of a service.
    const firstClient = new QuixStreamingClient({ env: services[0]?.portal.env ?? {} });
    await firstClient.getBrokerCredentials();
    await firstClient.close();
    // Without cached credentials no client could serve a call during an outage.
    await Promise.all(services.map((service) => service.take({ do: 'call' })));
    const heap: number[] = [];
    const handles: number[] = [];
    const searched = { secrets: 0, outputs: 0 };
    const endAt = performance.now() + MINUTES * 60_000;
    let steps = 0;
    while (performance.now() < endAt || heap.length < 6) {
      await Promise.all(
        services.map(async (service, index) => {
          const sample = fc.sample(step, {
            seed: SEED + heap.length * SERVICES + index,
            numRuns: STEPS,
          });
          for (const next of sample) {
            await service.take(next);
            steps++;
            if (performance.now() > endAt && heap.length >= 6) return;
          }
          service.portal.requests.length = 0;
        }),
      );
      await delay(500); // aborted sockets close
      // The sentinel is searched in each round, because its records would grow for minutes.
      const round = sentinel.search();
      if (round.hits.length > 0) throw new Error(describeHits(round.hits));
      searched.secrets += round.searched.secrets;
      searched.outputs += round.searched.outputs;
      gc();
      heap.push(process.memoryUsage().heapUsed);
      handles.push(process.getActiveResourcesInfo().filter((name) => name !== 'Timeout').length);
    }
    const calls = services.reduce((sum, service) => sum + service.calls, 0);
    const failures = services.flatMap((service) => service.failures);
    await Promise.all(services.map(({ client }) => client.close()));
    await Promise.all(services.map(({ portal }) => portal.close()));

    // The first round is ignored, because it compiles code and fills caches.
    const third = Math.max(1, Math.floor((heap.length - 1) / 3));
    const [first, last] = [median(heap.slice(1, 1 + third)), median(heap.slice(-third))];
    const [early, late] = [median(handles.slice(1, 1 + third)), median(handles.slice(-third))];
    const inMB = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
    console.log(
      `${MINUTES} min: ${steps} steps, ${calls} calls, ${failures.length} failed; heap ${inMB(first)} MB in the first third, ${inMB(last)} MB in the last; handles ${Math.min(...handles)} to ${Math.max(...handles)}, median ${early} and ${late}; ${searched.outputs} outputs searched for ${searched.secrets} secrets`,
    );
    expect(failures.join('\n')).toBe('');
    expect(last / first).toBeLessThan(HEAP_TOLERANCE);
    // Each service may have one open connection, which has two ends in this process.
    expect(late).toBeLessThanOrEqual(early + 2 * SERVICES);
    // Each service may have both ends of one open connection and of one that was just closed.
    expect(Math.max(...handles)).toBeLessThanOrEqual(Math.min(...handles) + 4 * SERVICES);
  },
);
