import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Agent } from 'undici';
import type { FleetEnvironment } from './fleet.ts';
import type { PortalCounters, PortalSettings } from './rate-limited-portal.ts';

/** Returns an environment with real sockets, real time, and the Portal in a child process. */
export async function socketEnvironment(rate: number, seed: number): Promise<FleetEnvironment> {
  const script = fileURLToPath(new URL('socket-portal-process.ts', import.meta.url));
  const portal = fork(script, [String(rate), String(seed)]);
  const [port] = (await once(portal, 'message')) as [number];
  const dispatcher = new Agent({ connections: null });
  const send = async (message: PortalSettings | 'counters'): Promise<PortalCounters> => {
    const response = once(portal, 'message');
    portal.send(message);
    return ((await response) as [PortalCounters])[0];
  };
  return {
    portalApi: `http://127.0.0.1:${port}`,
    dispatcher,
    startPhase: async (settings) => {
      await send(settings);
    },
    counters: () => send('counters'),
    run: (begin) => begin(),
    close: async () => {
      await dispatcher.close();
      portal.disconnect();
      await once(portal, 'exit');
    },
  };
}
