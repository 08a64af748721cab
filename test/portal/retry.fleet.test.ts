import { expect, it } from 'vitest';
import { runFleet, TIMEOUT_MS } from '../../bench/fleet/fleet.ts';
import { virtualWorld } from '../../bench/fleet/virtual-world.ts';

// A tenth of what `npm run fleet` does. A Portal as small as this refuses by chance what a larger one
// has room for, so the last client may take longer than the goals there.
const fleet = { clients: 1_000, rate: 50 };
const LONGEST_OVER_IDEAL = 1.45;

it.each([
  { telling: 'room', requests: 2.1 },
  { telling: '1 s', requests: 5 },
  { telling: 'none', requests: 5 },
] as const)(
  'a fleet that starts, restarts, loses its token and gets another is served in time by a Portal that says of its room: $telling',
  async ({ telling, requests }) => {
    for await (const phase of runFleet(virtualWorld(fleet.rate, 1), { ...fleet, telling })) {
      expect(phase.astray, phase.name).toEqual({});
      expect(phase.rejectionsPerClient, phase.name).toBe(phase.name === 'mass 401' ? 1 : 0);
      expect(phase.requestsPerClient, phase.name).toBeLessThanOrEqual(requests);
      expect(phase.overIdeal, phase.name).toBeLessThanOrEqual(LONGEST_OVER_IDEAL);
      expect(phase.longestMs, phase.name).toBeLessThan(TIMEOUT_MS);
    }
  },
  30_000,
);
