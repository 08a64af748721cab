import type { BrokerCredentials } from 'quix-streams-auth';

/** Methods that all clients of the library's KafkaJS API have. */
export interface ConfluentClient {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

/** Creates a client of the library. Without credentials, the client cannot connect. */
export type CreateClient = (credentials?: BrokerCredentials) => ConfluentClient;

/** The librdkafka client inside a client of the KafkaJS API. */
interface NativeClient {
  on(event: 'event.log', listener: (log: { readonly message?: unknown }) => void): unknown;
  /**
   * The C++ client. Its method is called directly, because the JavaScript method of the same name
   * does nothing until the client is connected.
   */
  readonly _client?: { setSaslCredentials?(username: string, password: string): void };
}

/**
 * Returns the librdkafka client of a producer or consumer. Returns `undefined` before `connect()`
 * is called, and for an admin client.
 */
export function nativeClient(client: ConfluentClient): NativeClient | undefined {
  const { _getInternalClient } = client as { _getInternalClient?: () => NativeClient | undefined };
  return _getInternalClient?.call(client);
}

/**
 * Changes the user name and password that a client uses for its next login. `connect()` must have
 * been called. Returns `false` without a change if other settings differ too, because librdkafka
 * cannot change them, or if the client does not expose its librdkafka client.
 */
export function tryChangeLogin(
  client: ConfluentClient,
  before: BrokerCredentials,
  after: BrokerCredentials,
): boolean {
  const { sasl } = after;
  const binding = nativeClient(client)?._client;
  const isLoginChange = settingsWithoutLogin(before) === settingsWithoutLogin(after);
  if (!sasl || !binding?.setSaslCredentials || !isLoginChange) return false;
  binding.setSaslCredentials(sasl.username, sasl.password);
  return true;
}

function settingsWithoutLogin(credentials: BrokerCredentials): string {
  const withoutLogin = { 'sasl.username': '', 'sasl.password': '' };
  return JSON.stringify({ ...credentials.toLibrdkafka(), ...withoutLogin });
}
