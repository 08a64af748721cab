import type { Socket } from 'node:net';

/** Calls `write` with each chunk of `from`, half a round trip after it came. */
function forward(from: Socket, to: Socket, delayMs: () => number): void {
  const later = (act: () => void): void => {
    const ms = delayMs();
    // Timers of the same length fire in the order in which they were set.
    if (ms > 0) setTimeout(act, ms);
    else act();
  };
  from.on('data', (chunk) => {
    later(() => to.write(chunk));
  });
  from.once('end', () => {
    later(() => to.end());
  });
  from.on('error', () => to.destroy());
}

/**
 * Joins two sockets as a line of this round-trip time would: half of it for each direction, and a whole
 * one before the first byte, which opening the connection would have taken.
 */
export function joinDelayed(client: Socket, server: Socket, roundTripMs: number): void {
  const opened = performance.now() + roundTripMs;
  client.setNoDelay();
  server.setNoDelay();
  forward(client, server, () => Math.max(0, opened - performance.now()) + roundTripMs / 2);
  forward(server, client, () => roundTripMs / 2);
}
