import type { BrokerCredentials, QuixStreamingClient } from 'quix-streams-auth';
import {
  LibrdkafkaConnection,
  LibrdkafkaSession,
  type AuthMode,
  type NativeClient,
} from '../shared/index.ts';

/** A client that the user created. */
export interface UserClient extends NativeClient {
  isConnected(): boolean;
  disconnect(callback: () => void): unknown;
  on(event: string, listener: (argument: never) => void): unknown;
  removeListener(event: string, listener: (argument: never) => void): unknown;
  /** `isConnected()` returns `true` before `ready`, while this property is set. */
  readonly _isConnecting?: boolean;
  /** Only @confluentinc/kafka-javascript has this method. */
  readonly setSaslCredentials?: unknown;
}

/** What a client was created with. */
export interface Origin {
  readonly credentials: BrokerCredentials;
  readonly authMode: AuthMode;
  readonly propertiesOf: (credentials: BrokerCredentials) => Record<string, string | boolean>;
}

/** Keeps the login of a client up to date that the user creates, connects and disconnects. */
export class AttachedClient extends LibrdkafkaSession<LibrdkafkaConnection> {
  readonly #client: UserClient;
  readonly #attached: LibrdkafkaConnection;
  readonly #replace: (() => unknown) | undefined;

  constructor(
    quix: QuixStreamingClient,
    client: UserClient,
    { credentials, authMode, propertiesOf }: Origin,
    replace: (() => unknown) | undefined,
  ) {
    super(
      quix,
      client.setSaslCredentials ? '@confluentinc/kafka-javascript' : 'node-rdkafka',
      authMode,
    );
    this.#client = client;
    this.#replace = replace;
    this.#attached = new LibrdkafkaConnection(client, credentials, propertiesOf);
    this.current = credentials;
    this.isConnecting = true;
    this.start();
    this.use(this.#attached);
    client.on('ready', this.#onReady);
    client.on('disconnected', this.detach);
    if (client.isConnected() && !client._isConnecting) this.#onReady();
  }

  /** Stops. The client stays as it is. */
  readonly detach = (): void => {
    this.stop();
    this.#client.removeListener('ready', this.#onReady);
    this.#client.removeListener('disconnected', this.detach);
    this.#client.removeListener('event.log', this.#attached.readLog);
  };

  readonly #onReady = (): void => {
    this.isConnecting = false;
    this.recordConnected();
  };

  protected override onOutdated(): void {
    this.warnOutdated('Disconnect it, and create another client with librdkafkaConfig().');
    const replace = this.#replace;
    if (!replace) return;
    // A new client makes this one superfluous. An error of the user's function becomes an unhandled
    // rejection, as it would in an event listener.
    this.detach();
    void Promise.resolve().then(replace);
  }

  protected override onOutdatedRefusal(): void {
    // Only the user can replace the client. The warning has been emitted.
  }

  protected override end(): Promise<void> {
    const wasConnected = !this.isConnecting;
    this.detach();
    // The library ends an attempt to connect itself.
    if (!wasConnected) return Promise.resolve();
    return new Promise((resolve) => this.#client.disconnect(resolve));
  }
}
