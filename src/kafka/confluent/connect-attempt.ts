import { LOGIN_POLICY } from '../shared/index.ts';
import { nativeClient, type KafkaJSClient } from './native-client.ts';

/**
 * librdkafka reports a refused login only in its log. Its error event has no code for this case.
 */
const REFUSED_LOGIN_LINE = /SASL authentication error/i;

/**
 * One `connect()` of the library. After a refused login, librdkafka alone would keep trying for 30
 * s.
 */
export class ConnectAttempt {
  readonly client: KafkaJSClient;
  /** Called for each login that Kafka refuses, also after the client is connected. */
  onRefused = (): void => undefined;
  readonly #connected: Promise<true>;
  #resumedAt = -Infinity;

  constructor(client: KafkaJSClient) {
    this.client = client;
    this.#connected = client.connect().then(() => true as const);
    this.#connected.catch(() => undefined); // an abandoned attempt may still fail
    nativeClient(client)?.on('event.log', ({ message }) => {
      if (typeof message === 'string' && REFUSED_LOGIN_LINE.test(message)) this.onRefused();
    });
  }

  /**
   * Resolves to `true` when connected, or to `false` if Kafka refused a login since the last call.
   */
  async logsIn(): Promise<boolean> {
    const settledAt = this.#resumedAt + LOGIN_POLICY.connectSettlingMs;
    let timer: NodeJS.Timeout | undefined;
    const refused = new Promise<false>((resolve) => {
      this.onRefused = () => {
        timer ??= setTimeout(resolve, Math.max(0, settledAt - performance.now()), false);
      };
    });
    try {
      return await Promise.race([this.#connected, refused]);
    } finally {
      clearTimeout(timer);
      this.onRefused = () => undefined;
      this.#resumedAt = performance.now();
    }
  }

  /** Disconnects without waiting. */
  abandon(): void {
    this.client.disconnect().catch(() => undefined);
  }
}
