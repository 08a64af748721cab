import type { BrokerCredentials } from '../credentials/index.ts';

/** What the clients of the library's KafkaJS API have in common. */
export interface KafkaJSClient {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

/** Makes a client of the library; without credentials one that never connects. */
export type BuildClient = (credentials?: BrokerCredentials) => KafkaJSClient;

/** The client of librdkafka behind one of the KafkaJS API. */
interface NativeClient {
  on(event: 'event.log', listener: (log: { readonly message?: unknown }) => void): unknown;
  /** The binding itself; its own JavaScript wrapper does nothing until it is connected. */
  readonly _client?: { setSaslCredentials?(username: string, password: string): void };
}

/** A producer or consumer has one once connect() was called; an admin does not show it. */
export function nativeOf(client: KafkaJSClient): NativeClient | undefined {
  const { _getInternalClient } = client as { _getInternalClient?: () => NativeClient | undefined };
  return _getInternalClient?.call(client);
}

/**
 * Gives a running client another user name and password for its next logins, also one whose
 * `connect()` is under way. `false` when that cannot be done: librdkafka takes no other change, and
 * not every client shows where to put it.
 */
export function setLogin(
  client: KafkaJSClient,
  before: BrokerCredentials,
  after: BrokerCredentials,
): boolean {
  const { sasl } = after;
  const binding = nativeOf(client)?._client;
  if (!sasl || !binding?.setSaslCredentials || withoutLogin(before) !== withoutLogin(after)) {
    return false;
  }
  binding.setSaslCredentials(sasl.username, sasl.password);
  return true;
}

function withoutLogin(credentials: BrokerCredentials): string {
  return JSON.stringify({
    ...credentials.toLibrdkafka(),
    'sasl.username': '',
    'sasl.password': '',
  });
}
