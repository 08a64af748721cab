import type { QuixStreamingClient } from 'quix-streams-auth';
import type { ConfluentClient } from './confluent-connection.ts';
import { ConfluentSession, type CreateClient, type CreateWork } from './confluent-session.ts';

/**
 * Returns a proxy for a client of the library. `connect()` creates that client, because librdkafka
 * reads brokers and credentials only when a client is created. While the proxy is not connected,
 * calls go to a client without brokers, which rejects them with the library's own errors.
 *
 * @param createWork - Without it, the client is not replaced while it is connected.
 */
export function lazyClient<Client extends ConfluentClient>(
  quix: QuixStreamingClient,
  createClient: CreateClient<Client>,
  createWork?: CreateWork<Client>,
): Client {
  const session = new ConfluentSession(quix, createClient, createWork);
  return new Proxy(session.unconnected, {
    get: (_, key) => {
      if (key === 'connect' || key === 'disconnect') return session[key];
      const { client } = session;
      const value: unknown = session.work?.method(key) ?? Reflect.get(client, key, client);
      // Methods use private fields, which a proxy does not have.
      return typeof value === 'function' ? (value.bind(client) as unknown) : value;
    },
  });
}
