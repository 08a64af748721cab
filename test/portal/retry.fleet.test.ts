import { expect, it } from 'vitest';
import { runFleet, TIMEOUT_MS } from '../../bench/fleet/fleet.ts';
import { virtualEnvironment } from '../../bench/fleet/virtual-environment.ts';

// One twentieth of the clients of `npm run fleet`, which CI runs too. With so few clients, chance matters
// more, so the limits are higher than there.
const fleet = { clients: 500, rate: 25 };
const MAX_TIME_RATIO = 1.5;

it.each([
  { retryAfter: 'exact', requests: 2.3 },
  { retryAfter: 'one-second', requests: 5 },
  { retryAfter: 'none', requests: 5.1 },
  { retryAfter: 'queue', requests: 3 },
] as const)(
  'serves a fleet that starts, restarts and rotates its token in time (Retry-After: $retryAfter)',
  async ({ retryAfter, requests }) => {
    const environment = virtualEnvironment(fleet.rate, 1);
    for await (const phase of runFleet(environment, { ...fleet, retryAfter })) {
      expect(phase.unexpected, phase.name).toEqual({});
      const isRotation = phase.name === 'rotation';
      // A request that is not answered soon is sent again, also with a rejected token.
      const maxRejections = isRotation ? (retryAfter === 'queue' ? requests : 1) : 0;
      expect(phase.rejectionsPerClient, phase.name).toBeGreaterThanOrEqual(isRotation ? 1 : 0);
      expect(phase.rejectionsPerClient, phase.name).toBeLessThanOrEqual(maxRejections);
      expect(phase.requestsPerClient, phase.name).toBeLessThanOrEqual(requests);
      expect(phase.timeRatio, phase.name).toBeLessThanOrEqual(MAX_TIME_RATIO);
      expect(phase.longestMs, phase.name).toBeLessThan(TIMEOUT_MS);
    }
  },
  60_000,
);
