/** @module quix-streams-auth/kafkajs */
import type { KafkaConfig, Mechanism } from 'kafkajs';
import { OnDemand } from '../on-demand.ts';
import type { CredentialSource } from './broker-session.ts';
import { givenOptions } from './given-options.ts';
import type { KafkaJSSession } from './kafkajs-session.ts';
import { socketFactory } from './kafkajs-socket.ts';
import { loginKind } from './login-kind.ts';

const sessionModule = new OnDemand(() => import('./kafkajs-session.ts'));

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
  // A user who brings `sasl` or `ssl` has decided.
  const login = loginKind('sasl' in overrides, usesSasl);
  const session = new OnDemand(async () => {
    const { KafkaJSSession } = await sessionModule.get();
    return new KafkaJSSession(quix, login);
  });
  return {
    ...(usesSasl && { sasl: mechanism(session) }),
    socketFactory: socketFactory(session, 'ssl' in overrides ? ssl : undefined),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    ...others,
    ssl,
    brokers: async () => {
      const opened = await session.get();
      if (brokers === undefined) return await opened.loadBrokers();
      await opened.load();
      return typeof brokers === 'function' ? await brokers() : brokers;
    },
  };
}

/** kafkajs reads `mechanism`, announces it to the broker, and has `authenticationProvider` log in. */
function mechanism(session: OnDemand<KafkaJSSession>): Mechanism {
  return {
    get mechanism() {
      return session.made?.announce() ?? '';
    },
    authenticationProvider: ({ saslAuthenticate }) => ({
      authenticate: async () => {
        await (await session.get()).authenticate(saslAuthenticate);
      },
    }),
  };
}
