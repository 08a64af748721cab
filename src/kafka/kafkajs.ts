import type { KafkaConfig } from 'kafkajs';
import { loginKind, type CredentialSource } from './broker-session.ts';
import { givenOptions } from './given-options.ts';
import { KafkaJSSession } from './kafkajs-session.ts';

/** Its own 1 s is too short for a TLS handshake across the internet or on a busy machine. */
const CONNECTION_TIMEOUT_MS = 10_000;

/**
 * A kafkajs config that gets its credentials from `quix` when kafkajs first connects, and the
 * current ones for each connection after that. Calling it sends nothing.
 *
 * What it sets: `brokers`, `sasl` (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512), `ssl`, `connectionTimeout`
 * (10 000 ms) and a `socketFactory` that verifies host names against the environment's private CA, or
 * the system's roots where there is none, and keeps idle connections alive. When Kafka refuses a login, the Portal is asked once and kafkajs told
 * to try again. Make one config for each `Kafka`: kafkajs writes to it.
 *
 * Whether the broker wants SASL has to be known before the first connection. It is taken for
 * granted, as Quix brokers do; where the Portal says otherwise, await `getBrokerCredentials()` first.
 *
 * @param options - Your own kafkajs options; they win. An `ssl` object is completed with the CA.
 * @throws QuixError inside kafkajs' own errors, `QUIX_UNSUPPORTED` for another SASL mechanism or an
 * IPv6 address as broker, which kafkajs cannot do
 *
 * @example
 * ```ts
 * import { Kafka } from 'kafkajs';
 * import { QuixStreamingClient } from 'quix-streams-auth';
 * import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
 *
 * const kafka = new Kafka(kafkaJSConfig(new QuixStreamingClient(), { clientId: 'my-service' }));
 * const producer = kafka.producer();
 * await producer.connect(); // here the token is exchanged
 * ```
 */
export function kafkaJSConfig(
  quix: CredentialSource,
  options: Partial<KafkaConfig> = {},
): KafkaConfig {
  const overrides = givenOptions(options);
  const protocol = quix.describe().securityProtocol;
  const usesSasl = protocol === undefined || protocol.startsWith('SASL');
  const {
    ssl = protocol === undefined || protocol.endsWith('SSL'),
    brokers,
    ...others
  } = overrides;
  const session = new KafkaJSSession(quix, {
    // A user who brings `sasl` or `ssl` has decided.
    login: loginKind('sasl' in overrides, usesSasl),
    tls: 'ssl' in overrides ? ssl : undefined,
  });
  return {
    ...(usesSasl && { sasl: session.sasl }),
    socketFactory: session.connectSocket,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    ...others,
    ssl,
    brokers: async () => {
      if (brokers === undefined) return await session.loadBrokers();
      await session.load();
      return typeof brokers === 'function' ? await brokers() : brokers;
    },
  };
}
