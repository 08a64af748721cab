/**
 * The work of a connected client, which another client can continue. To replace the client, the
 * session calls `stop()`, uses the next client for all later calls, and calls `start()`.
 */
export interface ClientActivity<Client> {
  /** Returns the method that replaces `client[key]`, if there is one. */
  method(key: string | symbol): unknown;
  /** Stops the previous client. Rejects without stopping it if the next client cannot continue. */
  stop(previous: Client, next: Client): Promise<void>;
  /** Continues with the next client. */
  start(previous: Client, next: Client): Promise<void>;
}

/** Creates the activity of a client that connects. `current` returns the connected client. */
export type CreateActivity<Client> = (current: () => Client) => ClientActivity<Client>;
