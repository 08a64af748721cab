import type { BrokerCredentials } from 'quix-streams-auth';

/** Methods that all clients of the library's KafkaJS API have. */
export interface KafkaJSClient {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

/** Builds a client of the library. Without credentials, the client cannot connect. */
export type BuildClient = (credentials?: BrokerCredentials) => KafkaJSClient;

/** The librdkafka client inside a client of the KafkaJS API. */
interface NativeClient {
  on(event: 'event.log', listener: (log: { readonly message?: unknown }) => void): unknown;
  /** The binding. The JavaScript wrapper around it ignores calls until it is connected. */
  readonly _client?: { setSaslCredentials?(username: string, password: string): void };
}

/**
 * Returns the librdkafka client. An admin does not expose it, and others only after `connect()` was
 * called.
 */
export function nativeClient(client: KafkaJSClient): NativeClient | undefined {
  const { _getInternalClient } = client as { _getInternalClient?: () => NativeClient | undefined };
  return _getInternalClient?.call(client);
}

/**
 * Sets another user name and password for the next logins of a client that is connected or
 * connecting. Returns `false` if that is not possible: librdkafka cannot change other settings of a
 * running client, and not every client exposes its librdkafka client.
 */
export function setLogin(
  client: KafkaJSClient,
  before: BrokerCredentials,
  after: BrokerCredentials,
): boolean {
  const { sasl } = after;
  const binding = nativeClient(client)?._client;
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
