import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Agent } from 'undici';
import type { Orders, Tallies } from './admission.ts';
import type { World } from './fleet.ts';

/** Real sockets and real time; the Portal is a child process. All clients share this one. */
export async function socketWorld(rate: number, seed: number): Promise<World> {
  const script = fileURLToPath(new URL('socket-portal.js', import.meta.url));
  const portal = fork(script, [String(rate), String(seed)]);
  const [port] = (await once(portal, 'message')) as [number];
  const dispatcher = new Agent({ connections: null });
  const send = async (message: Orders | 'tallies'): Promise<Tallies> => {
    const answer = once(portal, 'message');
    portal.send(message);
    return ((await answer) as [Tallies])[0];
  };
  return {
    portalApi: `http://127.0.0.1:${port}`,
    dispatcher,
    order: async (orders) => {
      await send(orders);
    },
    tallies: () => send('tallies'),
    passUntil: (begin) => begin(),
    close: async () => {
      await dispatcher.close();
      portal.disconnect();
      await once(portal, 'exit');
    },
  };
}
