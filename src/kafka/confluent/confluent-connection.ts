import type { BrokerCredentials } from 'quix-streams-auth';
import { LibrdkafkaConnection, LOGIN_POLICY, type NativeClient } from '../shared/index.ts';

/** A client of the library's KafkaJS API. */
export interface ConfluentClient {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  /** Returns `undefined` before `connect()` is called. An admin client does not have the method. */
  _getInternalClient?(): InternalClient | undefined;
}

/** The client of the classic API inside a client of the KafkaJS API. */
interface InternalClient extends NativeClient {
  /** The method of a producer. The time limit is for the delivery of its messages. */
  disconnect(timeoutMs: number, callback: () => void): unknown;
  once(event: 'rebalance', listener: () => void): unknown;
}

/**
 * A client of the library that is connecting or connected. After a refused login, the library's
 * `connect()` keeps trying for 30 s. This class detects the refusal, so that the login can be
 * changed or the connection abandoned.
 */
export class ConfluentConnection<Client extends ConfluentClient> extends LibrdkafkaConnection {
  readonly client: Client;
  readonly #connected: Promise<true>;
  #waitEndedAt = -Infinity;

  /** Calls `connect()` of the client, which was created with these credentials. */
  constructor(client: Client, credentials: BrokerCredentials) {
    const connected = client.connect().then(() => true as const);
    connected.catch(() => undefined); // an abandoned attempt may still fail
    super(client._getInternalClient?.(), credentials);
    this.client = client;
    this.#connected = connected;
  }

  /**
   * Resolves to `true` once the client is connected, or to the reason after Kafka refused a login.
   * After a refusal, change the login and call this method again. Replaces `onRefused`.
   */
  async waitForLogin(): Promise<true | string> {
    const graceEndsAt = this.#waitEndedAt + LOGIN_POLICY.connectingGraceMs;
    let timer: NodeJS.Timeout | undefined;
    const refused = new Promise<string>((resolve) => {
      this.onRefused = (reason) => {
        // Within the grace period, the log may be about the previous login, and the new one may
        // still succeed.
        timer ??= setTimeout(resolve, Math.max(0, graceEndsAt - performance.now()), reason);
      };
    });
    try {
      return await Promise.race([this.#connected, refused]);
    } finally {
      clearTimeout(timer);
      this.onRefused = () => undefined;
      this.#waitEndedAt = performance.now();
    }
  }

  abandon(): void {
    this.client.disconnect().catch(() => undefined);
  }
}
