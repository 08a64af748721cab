import { createServer, type Server } from 'node:net';

/**
 * Below the ports that systems assign to clients (Linux from 32 768, others from 49 152). While a
 * broker restarts, its clients keep connecting, and the system could assign the broker's port to
 * one of them.
 */
const FIRST_PORT = 10_000;
const LAST_PORT = 30_000;
const ATTEMPTS = 1_000;

function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      resolve(server);
    });
  });
}

/** Returns unused ports of 127.0.0.1. */
export async function findFreePorts(count: number): Promise<number[]> {
  const held = new Map<number, Server>();
  for (let attempt = 0; held.size < count && attempt < ATTEMPTS; attempt += 1) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    if (held.has(port)) continue;
    const server = await listen(port);
    if (server) held.set(port, server);
  }
  await Promise.all(
    [...held.values()].map((server) => new Promise((resolve) => server.close(resolve))),
  );
  if (held.size < count) throw new Error(`Could not find ${count} free ports on 127.0.0.1.`);
  return [...held.keys()];
}
