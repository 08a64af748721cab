import type { QuixStreamingClient } from 'quix-streams-auth';
import {
  LibrdkafkaSession,
  type AuthMode,
  type LibrdkafkaConnection,
  type NativeClient,
} from '../shared/index.ts';

/** Time for a consumer to emit the messages that it received before `unsubscribe()`. */
const LAST_MESSAGES_MS = 100;

/** A client that the user created. */
export interface UserClient extends NativeClient {
  isConnected(): boolean;
  disconnect(callback: () => void): unknown;
  /** Only a consumer has this method. */
  unsubscribe?(): unknown;
  on(event: string, listener: (argument: never) => void): unknown;
  /** While this property is set, `isConnected()` returns `true` before the event `ready`. */
  readonly _isConnecting?: boolean;
  /** Only @confluentinc/kafka-javascript has this method. */
  readonly setSaslCredentials?: unknown;
}

/** Keeps the login of a client up to date. The user creates, connects and disconnects the client. */
export class AttachedClient extends LibrdkafkaSession<LibrdkafkaConnection> {
  readonly #client: UserClient;
  readonly #replace: (() => unknown) | undefined;

  constructor(
    quix: QuixStreamingClient,
    client: UserClient,
    connection: LibrdkafkaConnection,
    authMode: AuthMode,
    replace: (() => unknown) | undefined,
  ) {
    super(
      quix,
      client.setSaslCredentials ? '@confluentinc/kafka-javascript' : 'node-rdkafka',
      authMode,
    );
    this.#client = client;
    this.#replace = replace;
    this.current = connection.createdWith;
    this.isConnecting = true;
    this.start();
    this.use(connection);
    client.on('ready', this.#onReady);
    client.on('disconnected', this.detach);
    if (client.isConnected() && !client._isConnecting) this.#onReady();
  }

  /** Removes the listeners. Does not disconnect the client. */
  readonly detach = (): void => {
    this.connection?.stopReadingLog();
    this.stop();
    this.#client.removeListener('ready', this.#onReady);
    this.#client.removeListener('disconnected', this.detach);
  };

  readonly #onReady = (): void => {
    this.isConnecting = false;
    this.recordConnected();
  };

  protected override onOutdated(): void {
    this.warnOutdated('Disconnect it, and create another client with librdkafkaConfig().');
    const replace = this.#replace;
    if (!replace) return;
    // The user replaces the client, so this object is no longer needed. An error of the user's
    // function is an unhandled rejection, because callers of onOutdated() would hide it.
    this.detach();
    void Promise.resolve().then(replace);
  }

  protected override async end(): Promise<void> {
    this.detach();
    if (this.isConnecting) return; // connect() of the library fails after its own time limit
    const client = this.#client;
    if (client.unsubscribe) {
      // If a message arrives during disconnect(), it can be lost, and disconnect() never ends.
      client.unsubscribe();
      await new Promise((resolve) => setTimeout(resolve, LAST_MESSAGES_MS));
    }
    await new Promise<void>((resolve) => client.disconnect(resolve));
  }
}
