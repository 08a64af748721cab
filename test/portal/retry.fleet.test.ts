import { QuixError } from 'quix-streams-auth';
import { expect, it } from 'vitest';
import { nextDelayMs } from '../../src/portal/retry.ts';

const CLIENTS = 10_000;
const RATE = 500;
const IDEAL_MS = (CLIENTS / RATE) * 1_000;
const DEADLINE_MS = 30_000;

type Refusing = 'room' | '1 s' | 'none';

/** mulberry32: the same draws in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * What `npm run fleet` does with real clients and sockets in minutes, by the same delays on a clock of
 * its own: all clients ask within 100 ms, and a token bucket admits RATE requests a second.
 */
function simulate(refusing: Refusing, seed: number) {
  const random = randomFrom(seed);
  // A millisecond each: what is asked then, as the number of the attempt.
  const agenda = Array.from({ length: DEADLINE_MS + 1_000 }, (): number[] => []);
  for (let client = 0; client < CLIENTS; client++) agenda[Math.floor(random() * 100)]?.push(1);
  let [room, bookedUntil, requests, ready, late, readyAt] = [0, 0, 0, 0, 0, 0];
  for (const [now, attempts] of agenda.entries()) {
    room = Math.min(RATE / 10, room + RATE / 1_000);
    for (const attempt of attempts) {
      requests++;
      if (room >= 1) {
        room--;
        ready++;
        readyAt = now;
        continue;
      }
      bookedUntil = Math.max(bookedUntil, now) + 1_000 / RATE;
      const retryAfterMs = {
        room: Math.ceil((bookedUntil - now) / 1_000) * 1_000,
        '1 s': 1_000,
        none: undefined,
      }[refusing];
      const error = new QuixError('QUIX_PORTAL_UNAVAILABLE', 'No room.', {
        retryable: true,
        retryAfterMs,
      });
      const delayMs = nextDelayMs(error, attempt, DEADLINE_MS - now, random);
      if (delayMs === undefined) late++;
      else agenda[now + 1 + Math.round(delayMs)]?.push(attempt + 1);
    }
  }
  return { perClient: requests / CLIENTS, overIdeal: readyAt / IDEAL_MS, ready, late };
}

it.each([
  { refusing: 'room', perClient: 2.1, overIdeal: 1.15 },
  { refusing: '1 s', perClient: 5, overIdeal: 1.4 },
  { refusing: 'none', perClient: 5, overIdeal: 1.4 },
] as const)(
  'a fleet of 10 000 is served by a Portal that admits 500 a second and says of its room: $refusing',
  ({ refusing, perClient, overIdeal }) => {
    for (const seed of [1, 2, 3]) {
      const fleet = simulate(refusing, seed);
      console.log(refusing, fleet);
      expect(fleet).toMatchObject({ ready: CLIENTS, late: 0 });
      expect(fleet.perClient).toBeLessThanOrEqual(perClient);
      expect(fleet.overIdeal).toBeLessThanOrEqual(overIdeal);
    }
  },
);
