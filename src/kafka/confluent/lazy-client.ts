import type { QuixStreamingClient } from 'quix-streams-auth';
import { ConfluentSession } from './confluent-session.ts';
import type { BuildClient, KafkaJSClient } from './native-client.ts';

/**
 * Returns a proxy for a client of the library that is built inside `connect()`, because the library
 * needs brokers and credentials when it builds one. Until then, other calls go to a client without
 * brokers, which fails as the library's own clients do before they are connected.
 */
export function lazyClient(quix: QuixStreamingClient, build: BuildClient): KafkaJSClient {
  const session = new ConfluentSession(quix, build);
  const connect = (): Promise<void> => session.connect();
  const disconnect = (): Promise<void> => session.disconnect();
  return new Proxy(build(), {
    get: (unconnected, key) => {
      if (key === 'connect') return connect;
      if (key === 'disconnect') return disconnect;
      const client = session.connected ?? unconnected;
      const value: unknown = Reflect.get(client, key, client);
      // Methods use private fields, which a proxy does not have.
      return typeof value === 'function' ? (value.bind(client) as unknown) : value;
    },
  });
}
