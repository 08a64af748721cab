import type { PortalBrokerUpdate } from 'quix-streams-auth/testing';
import type { KafkaAccess } from './kafka-access.ts';

/** What a login differs in from that of {@link KafkaAccess.user} with SCRAM-SHA-512. */
export interface PortalBrokerLogin {
  readonly mechanism?: string;
  readonly username?: string;
  readonly password?: string;
  readonly ca?: string;
}

/** What an emulated Portal shall say of a real Kafka: its SASL_SSL listener, and how to log in. */
export function portalBroker(
  { bootstrap, ca: ownCa, user }: KafkaAccess,
  { mechanism = 'SCRAM-SHA-512', ca = ownCa, ...login }: PortalBrokerLogin = {},
): PortalBrokerUpdate {
  return {
    brokers: bootstrap.saslSsl,
    securityProtocol: 'SASL_SSL',
    sasl: { mechanism, ...user, ...login },
    ca,
  };
}
