import type { BrokerCredentials, QuixStreamingClient } from 'quix-streams-auth';
import { LibrdkafkaSession, reasonOf } from '../shared/index.ts';
import type { ClientActivity, CreateActivity } from './client-activity.ts';
import { ConfluentConnection, type ConfluentClient } from './confluent-connection.ts';

const PACKAGE = '@confluentinc/kafka-javascript';
const RECONNECT_HINT = 'Call disconnect() on it, then connect().';

/** Creates a client of the library. A client without credentials is used until `connect()`. */
export type CreateClient<Client> = (credentials?: BrokerCredentials) => Client;

/** Connects one client of the library, and keeps its credentials up to date. */
export class ConfluentSession<Client extends ConfluentClient> extends LibrdkafkaSession<
  ConfluentConnection<Client>
> {
  /** The client that receives calls while none is connected. */
  readonly unconnected: Client;
  /** Set after `connect()`, if the client can be replaced. */
  activity: ClientActivity<Client> | undefined;
  readonly #createClient: CreateClient<Client>;
  readonly #createActivity: CreateActivity<Client> | undefined;
  /** The running `connect()`. */
  #connecting: Promise<void> | undefined;
  /** The connection for which `#replace()` is running. */
  #replacing: ConfluentConnection<Client> | undefined;
  /** Set while a new client takes over from the previous one. `disconnect()` waits for it. */
  #takingOver: Promise<void> | undefined;

  constructor(
    quix: QuixStreamingClient,
    createClient: CreateClient<Client>,
    /** Without it, the client is not replaced while it is connected. */
    createActivity: CreateActivity<Client> | undefined,
  ) {
    super(quix, PACKAGE, 'any');
    this.#createClient = createClient;
    this.#createActivity = createActivity;
    this.unconnected = createClient();
  }

  get client(): Client {
    return this.connection?.client ?? this.unconnected;
  }

  /** Connects with the newest credentials. Concurrent calls share one attempt. */
  readonly connect = (): Promise<void> => {
    // The library rejects connect() on a connected client with its own error.
    if (this.connection) return this.client.connect();
    return (this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined)));
  };

  /** Disconnects and stops recovering. The next `connect()` creates a new client. */
  readonly disconnect = async (): Promise<void> => {
    await this.#connecting?.catch(() => undefined);
    await this.#takingOver?.catch(() => undefined);
    const client = this.connection?.client;
    this.#replacing = undefined;
    this.stop();
    await client?.disconnect();
  };

  protected override end(): Promise<void> {
    return this.disconnect();
  }

  protected override onOutdated(connection: ConfluentConnection<Client>): void {
    this.warnOutdated(this.activity ? 'A new client replaces it.' : RECONNECT_HINT);
    void this.#replace(connection);
  }

  /** Tries again to replace the client, because the last attempt may have failed. */
  protected override onOutdatedRefusal(connection: ConfluentConnection<Client>): void {
    void this.#replace(connection);
  }

  async #connect(): Promise<void> {
    const connection = await this.#open();
    this.start();
    this.activity = this.#createActivity?.(() => this.client);
    this.#continueWith(connection);
  }

  /** Creates and connects a client. Replaces credentials that Kafka refuses. */
  async #open(): Promise<ConfluentConnection<Client>> {
    let credentials = await this.load();
    let connection = new ConfluentConnection(this.#createClient(credentials), credentials);
    for (;;) {
      const outcome = await connection.waitForLogin();
      if (outcome === true) return connection;
      this.recordRefusal(credentials, outcome);
      try {
        credentials = await this.load();
      } catch (error) {
        connection.abandon();
        throw error;
      }
      // An abandoned attempt blocks one of Node's worker threads for 30 s, so the attempt continues
      // with the new login if possible.
      if (!connection.tryChangeLogin(credentials)) {
        connection.abandon();
        connection = new ConfluentConnection(this.#createClient(credentials), credentials);
      }
    }
  }

  /** Uses a connected client for all later calls. */
  #continueWith(connection: ConfluentConnection<Client>): void {
    this.use(connection);
    this.recordConnected();
  }

  /** Replaces the connected client by a new one with the newest settings. */
  async #replace(connection: ConfluentConnection<Client>): Promise<void> {
    const { activity } = this;
    if (!activity || this.#replacing) return;
    this.#replacing = connection;
    const { signal } = this.closing;
    let next: ConfluentConnection<Client> | undefined;
    try {
      next = await this.#open();
      signal.throwIfAborted();
      this.#takingOver = this.#takeOver(activity, connection.client, next);
      await this.#takingOver;
    } catch (error) {
      if (next !== this.connection) next?.abandon();
      if (signal.aborted) return;
      this.warnOutdated(`It could not be replaced. ${reasonOf(error)} ${RECONNECT_HINT}`);
    } finally {
      if (this.#replacing === connection) this.#replacing = this.#takingOver = undefined;
    }
  }

  async #takeOver(
    activity: ClientActivity<Client>,
    previous: Client,
    next: ConfluentConnection<Client>,
  ): Promise<void> {
    await activity.stop(previous, next.client);
    this.#continueWith(next);
    await activity.start(previous, next.client);
  }
}
