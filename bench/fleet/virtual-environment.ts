import { randomFrom } from '../../test/support/random.ts';
import type { FleetEnvironment } from './fleet.ts';
import { RateLimitedPortal } from './rate-limited-portal.ts';
import { VirtualClock } from './virtual-clock.ts';
import { VirtualDispatcher } from './virtual-dispatcher.ts';

/** A waiting call has two timers, besides those of its requests: its deadline and its next attempt. */
const TIMERS_PER_CALL = 2;

/**
 * Returns an environment in which one machine can run 10 000 clients. The clients and undici's handling of
 * responses are real. Time, network and Portal are simulated. All random numbers depend on the seed.
 */
export function virtualEnvironment(rate: number, seed: number): FleetEnvironment {
  const random = randomFrom(seed);
  const clock = new VirtualClock();
  const portal = new RateLimitedPortal(rate, random);
  const dispatcher = new VirtualDispatcher(portal, clock, random);
  return {
    portalApi: 'https://portal.example',
    dispatcher,
    startPhase: (settings) => {
      portal.startPhase(settings, clock.now);
      return Promise.resolve();
    },
    counters: () => Promise.resolve(portal.counters),
    run: async (begin, pendingCalls) => {
      const originalRandom = Math.random;
      Math.random = random;
      clock.install();
      try {
        const isIdle = (): boolean =>
          pendingCalls() > 0 &&
          clock.pendingTimers === TIMERS_PER_CALL * pendingCalls() + dispatcher.openRequests;
        return await clock.runUntilSettled(begin(), isIdle);
      } finally {
        clock.uninstall();
        Math.random = originalRandom;
      }
    },
    close: () => Promise.resolve(),
  };
}
