import type { QuixStreamingClient } from '../client.ts';
import { OnDemand } from '../on-demand.ts';
import type { BuildClient, KafkaJSClient } from './confluent-native.ts';

const sessionModule = new OnDemand(() => import('./confluent-session.ts'));

/**
 * Stands for one client of the library, which is built when it connects. Until then, calls go to one
 * without brokers, which answers as the library's own do before they are connected. All of it is the
 * library's own, but for `connect` and `disconnect`.
 */
export function lazyClient(quix: QuixStreamingClient, build: BuildClient): KafkaJSClient {
  const session = new OnDemand(async () => {
    const { ConfluentSession } = await sessionModule.get();
    return new ConfluentSession(quix, build);
  });
  const own = {
    connect: async () => {
      await (await session.get()).connect();
    },
    disconnect: async () => {
      await session.made?.disconnect();
    },
  };
  return new Proxy(build(), {
    get: (unconnected, key) => {
      if (key === 'connect' || key === 'disconnect') return own[key];
      const client = session.made?.connected ?? unconnected;
      const value: unknown = Reflect.get(client, key, client);
      // Its methods use private fields, which a proxy does not have.
      return typeof value === 'function' ? (value.bind(client) as unknown) : value;
    },
  });
}
