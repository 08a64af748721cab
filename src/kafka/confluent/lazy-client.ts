import type { QuixStreamingClient } from 'quix-streams-auth';
import { ConfluentSession } from './confluent-session.ts';
import type { ConfluentClient, CreateClient } from './native-client.ts';

/**
 * Returns a proxy for a client of the library. `connect()` creates that client, because librdkafka
 * reads brokers and credentials only when a client is created. While the proxy is not connected,
 * calls go to a client without brokers, which rejects them with the library's own errors.
 */
export function lazyClient(quix: QuixStreamingClient, createClient: CreateClient): ConfluentClient {
  const session = new ConfluentSession(quix, createClient);
  const connect = (): Promise<void> => session.connect();
  const disconnect = (): Promise<void> => session.disconnect();
  return new Proxy(createClient(), {
    get: (unconnected, key) => {
      if (key === 'connect') return connect;
      if (key === 'disconnect') return disconnect;
      const client = session.connectedClient ?? unconnected;
      const value: unknown = Reflect.get(client, key, client);
      // Methods use private fields, which a proxy does not have.
      return typeof value === 'function' ? (value.bind(client) as unknown) : value;
    },
  });
}
