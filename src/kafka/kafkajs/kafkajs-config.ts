import type { KafkaConfig, Mechanism } from 'kafkajs';
import { CONNECT_TIMEOUT_MS, connectionSettings, type CredentialSource } from '../shared/index.ts';
import { KafkaJSSession } from './kafkajs-session.ts';
import { socketFactory } from './socket-factory.ts';

/**
 * Returns a kafkajs config that takes brokers and credentials from `quix`. The token is exchanged
 * when kafkajs first connects, and each later connection uses the current credentials. Calling this
 * function sends nothing.
 *
 * The config sets `brokers`, `sasl` (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512), `ssl`,
 * `connectionTimeout` (10 000 ms) and a `socketFactory`. The socket factory verifies host names and
 * certificates against the environment's private CA, or against the system's roots if there is
 * none. It keeps idle connections alive. After Kafka refuses a login, the token is exchanged again
 * and kafkajs retries.
 *
 * Create one config for each `Kafka`. Whether the broker requires SASL must be known when the
 * config is created. SASL is assumed, because Quix brokers require it. Await
 * `getBrokerCredentials()` first if your broker does not.
 *
 * @param options - Your own kafkajs options. They replace the ones above. An `ssl` object is
 * completed with the CA unless it has one. With a `socketFactory` of your own, kafkajs does not
 * notice a changed CA or a mechanism that the broker no longer offers.
 * @throws QuixError through kafkajs' own errors: `QUIX_UNSUPPORTED` for another SASL mechanism, or
 * if all brokers are IPv6 addresses, which kafkajs does not support, and the errors of
 * `getBrokerCredentials()`
 *
 * @example
 * ```ts
 * import { Kafka } from 'kafkajs';
 * import { QuixStreamingClient } from 'quix-streams-auth';
 * import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
 *
 * const kafka = new Kafka(kafkaJSConfig(new QuixStreamingClient(), { clientId: 'my-service' }));
 * const producer = kafka.producer();
 * await producer.connect(); // exchanges the token
 * ```
 */
export function kafkaJSConfig(
  quix: CredentialSource,
  options: Partial<KafkaConfig> = {},
): KafkaConfig {
  const { overrides, usesSasl, usesTls, authMode } = connectionSettings(quix.describe(), options);
  const { ssl = usesTls, brokers, ...others } = overrides;
  const session = new KafkaJSSession(quix, 'kafkajs', authMode);
  return {
    ...(usesSasl && { sasl: saslMechanism(session) }),
    socketFactory: socketFactory(session, overrides.ssl),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    ...others,
    ssl,
    brokers: async () => {
      if (brokers === undefined) return await session.loadBrokers();
      await session.load();
      return typeof brokers === 'function' ? await brokers() : brokers;
    },
  };
}

/**
 * kafkajs reads `mechanism`, sends it in a SaslHandshake request, then calls
 * `authenticationProvider`.
 */
function saslMechanism(session: KafkaJSSession): Mechanism {
  return {
    get mechanism() {
      return session.mechanism ?? '';
    },
    authenticationProvider: ({ saslAuthenticate }) => ({
      authenticate: () => session.authenticate(saslAuthenticate),
    }),
  };
}
