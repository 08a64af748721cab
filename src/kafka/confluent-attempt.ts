import { nativeOf, type KafkaJSClient } from './confluent-native.ts';

/** librdkafka tells a refused login in its log alone; the error event that follows has no code of its own. */
const REFUSED_LOGIN = /SASL authentication error/i;
/** After other credentials were set, a line this late may still be about the ones before. */
const SETTLING_MS = 700;

/** One `connect()` of the library, which librdkafka would go on with for 30 s after a refused login. */
export class ConnectAttempt {
  readonly client: KafkaJSClient;
  readonly #connected: Promise<true>;
  readonly #listeners = new Set<() => void>();
  #lookedAt = -Infinity;

  constructor(client: KafkaJSClient) {
    this.client = client;
    this.#connected = client.connect().then(() => true as const);
    this.#connected.catch(() => undefined); // of no interest once it is abandoned
    nativeOf(client)?.on('event.log', ({ message }) => {
      if (typeof message !== 'string' || !REFUSED_LOGIN.test(message)) return;
      for (const listener of [...this.#listeners]) listener();
    });
  }

  /** Calls back for each login that Kafka refuses, also after it is connected. */
  onRefused(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** `true` once connected, `false` when Kafka refused a login since the last call. */
  async logsIn(): Promise<boolean> {
    const settledAt = this.#lookedAt + SETTLING_MS;
    let timer: NodeJS.Timeout | undefined;
    let listener = (): void => undefined;
    const refused = new Promise<false>((resolve) => {
      listener = () => {
        timer ??= setTimeout(resolve, Math.max(0, settledAt - performance.now()), false);
      };
      this.#listeners.add(listener);
    });
    try {
      return await Promise.race([this.#connected, refused]);
    } finally {
      clearTimeout(timer);
      this.#listeners.delete(listener);
      this.#lookedAt = performance.now();
    }
  }

  abandon(): void {
    this.client.disconnect().catch(() => undefined);
  }
}
