import { randomFrom } from '../../test/support/random.ts';
import { Admission } from './admission.ts';
import type { World } from './fleet.ts';
import { VirtualClock } from './virtual-clock.ts';
import { VirtualPortal } from './virtual-portal.ts';

/** A call that waits has two timers: its deadline, and its back-off or its request on the way. */
const TIMERS_OF_A_CALL = 2;

/**
 * 10 000 machines on one: the clients are whole and real, and so is what undici makes of an answer.
 * Time, network and Portal are virtual, and every draw comes from the seed.
 */
export function virtualWorld(rate: number, seed: number): World {
  const random = randomFrom(seed);
  const clock = new VirtualClock();
  const admission = new Admission(rate, random);
  return {
    portalApi: 'https://portal.example',
    dispatcher: new VirtualPortal(admission, clock, random),
    order: (orders) => {
      admission.order(orders, clock.now);
      return Promise.resolve();
    },
    tallies: () => Promise.resolve(admission.tallies),
    passUntil: async (begin, calls) => {
      const ownRandom = Math.random;
      Math.random = random;
      clock.install();
      try {
        const isIdle = (): boolean => calls() > 0 && clock.live === TIMERS_OF_A_CALL * calls();
        return await clock.passUntil(begin(), isIdle);
      } finally {
        clock.uninstall();
        Math.random = ownRandom;
      }
    },
    close: () => Promise.resolve(),
  };
}
