import type { PortalBrokerUpdate } from 'quix-streams-auth/testing';
import type { KafkaAccess } from './kafka-access.ts';

/** Changes to the login of {@link KafkaAccess.user} with SCRAM-SHA-512. */
export interface PortalBrokerLogin {
  readonly mechanism?: string;
  readonly username?: string;
  readonly password?: string;
  readonly ca?: string;
}

/** Returns the broker settings that an emulated Portal returns for a real Kafka. */
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
