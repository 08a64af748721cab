import { LOGIN_POLICY } from '../shared/index.ts';
import { nativeClient, type ConfluentClient } from './native-client.ts';

/**
 * Text of the log line about a refused login. librdkafka's error events have no code for a refused
 * login.
 */
export const REFUSED_LOGIN_TEXT = 'SASL authentication error';

/**
 * A running `connect()` of the library. After a refused login, librdkafka keeps trying for 30 s.
 * This class detects the refusal, so that the login can be changed or the attempt abandoned.
 */
export class ConnectAttempt {
  readonly client: ConfluentClient;
  /** Called when Kafka refuses a login. Can be replaced once the client is connected. */
  onRefused = (): void => undefined;
  readonly #connected: Promise<true>;
  #waitEndedAt = -Infinity;

  /** Calls `connect()` of the client. */
  constructor(client: ConfluentClient) {
    this.client = client;
    this.#connected = client.connect().then(() => true as const);
    this.#connected.catch(() => undefined); // an abandoned attempt may still fail
    nativeClient(client)?.on('event.log', ({ message }) => {
      if (typeof message === 'string' && message.includes(REFUSED_LOGIN_TEXT)) this.onRefused();
    });
  }

  /**
   * Waits until the client is connected or Kafka refuses a login. Resolves to whether the client is
   * connected. After a refusal, change the login and call this method again.
   */
  async waitForLogin(): Promise<boolean> {
    const graceEndsAt = this.#waitEndedAt + LOGIN_POLICY.connectingGraceMs;
    let timer: NodeJS.Timeout | undefined;
    const refused = new Promise<false>((resolve) => {
      this.onRefused = () => {
        // Within the grace period, the line may be about the previous login.
        timer ??= setTimeout(resolve, Math.max(0, graceEndsAt - performance.now()), false);
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

  /** Disconnects without waiting. */
  abandon(): void {
    this.client.disconnect().catch(() => undefined);
  }
}
