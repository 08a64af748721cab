// The Portal of `npm run fleet -- --sockets`, a process of its own. Arguments: rate and seed.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomFrom } from '../../test/support/random.ts';
import { Admission, type Orders } from './admission.ts';

const [rate, seed] = process.argv.slice(2).map(Number);
const admission = new Admission(rate ?? 0, randomFrom(seed ?? 0));

const server = createServer((request, response) => {
  const { status, headers, body } = admission.answer(
    request.headers.authorization,
    performance.now(),
  );
  response.writeHead(status, { ...headers, 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', 10_000, () => {
  process.send?.((server.address() as AddressInfo).port);
});

process.on('message', (orders: Orders | 'tallies') => {
  if (orders !== 'tallies') admission.order(orders, performance.now());
  process.send?.(admission.tallies);
});
process.on('disconnect', () => {
  process.exit();
});
