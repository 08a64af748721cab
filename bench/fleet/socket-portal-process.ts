// The Portal of `npm run fleet -- --sockets`, in its own process. Arguments: rate and seed.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomFrom } from '../../test/support/random.ts';
import { RateLimitedPortal, type PortalSettings } from './rate-limited-portal.ts';

const [rate = 0, seed = 0] = process.argv.slice(2).map(Number);
const portal = new RateLimitedPortal(rate, randomFrom(seed));

const server = createServer((request, response) => {
  const { authorization } = request.headers;
  const { status, headers, body, waitMs } = portal.respond(authorization, performance.now());
  setTimeout(() => {
    response.writeHead(status, { ...headers, 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  }, waitMs);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', 10_000, () => {
  process.send?.((server.address() as AddressInfo).port);
});

process.on('message', (message: PortalSettings | 'counters') => {
  if (message !== 'counters') portal.startPhase(message, performance.now());
  process.send?.(portal.counters);
});
process.on('disconnect', () => {
  process.exit();
});
