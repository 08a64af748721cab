import type { QuixStreamingClient } from 'quix-streams-auth';
import type { CreateActivity } from './client-activity.ts';
import type { ConfluentClient } from './confluent-connection.ts';
import { ConfluentSession, type CreateClient } from './confluent-session.ts';

/**
 * Returns a proxy for a client of the library. `connect()` creates that client, because librdkafka
 * reads brokers and credentials only when a client is created. While the proxy is not connected,
 * calls go to a client without brokers, which rejects them with the library's own errors.
 *
 * @param createActivity - Without it, the client is not replaced while it is connected.
 */
export function lazyClient<Client extends ConfluentClient>(
  quix: QuixStreamingClient,
  createClient: CreateClient<Client>,
  createActivity?: CreateActivity<Client>,
): Client {
  const session = new ConfluentSession(quix, createClient, createActivity);
  return new Proxy(session.unconnected, {
    get: (_, key) => {
      if (key === 'connect' || key === 'disconnect') return session[key];
      const { client } = session;
      const value: unknown = session.activity?.method(key) ?? Reflect.get(client, key, client);
      // Methods use private fields, which a proxy does not have.
      return typeof value === 'function' ? (value.bind(client) as unknown) : value;
    },
  });
}
