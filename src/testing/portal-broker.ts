import { Buffer } from 'node:buffer';
import type { SaslMechanism, SecurityProtocol } from '../credentials/index.ts';

/**
 * The broker of an emulated workspace: what a Kafka client needs, in plain words. The emulator
 * turns it into the answers of both endpoints that tell of brokers.
 */
export interface PortalBroker {
  /** `host:port` of each broker. Default: `['127.0.0.1:9092']`. */
  readonly brokers: readonly string[];
  /** Default: `'SASL_SSL'`. */
  readonly securityProtocol: SecurityProtocol;
  /**
   * Left out of the answers unless the protocol has SASL. Default: SCRAM-SHA-512, the workspace's id
   * as user name, and a random password.
   */
  readonly sasl?:
    | { readonly mechanism: SaslMechanism; readonly username: string; readonly password: string }
    | undefined;
  /** PEM. `''` gives the key with an empty value, `undefined` (the default) leaves the key out. */
  readonly ca?: string | undefined;
  /** Default: `undefined`, the key is left out. */
  readonly clientId?: string | undefined;
  /**
   * Keys of the librdkafka answer to add or to replace, of any type; `undefined` removes one.
   * Default: none.
   */
  readonly raw?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * What `setBroker` changes: the keys that it names, and of `sasl` likewise.
 *
 * @example
 * ```ts
 * import { startPortalEmulator } from 'quix-streams-auth/testing';
 *
 * const portal = await startPortalEmulator();
 * portal.setBroker({ sasl: { password: 'another one' } }); // the rest stays
 * portal.setBroker({ securityProtocol: 'PLAINTEXT', raw: { 'client.id': 42 } });
 * ```
 */
export interface PortalBrokerUpdate extends Partial<Omit<PortalBroker, 'sasl'>> {
  /** `undefined` removes user name and password. */
  readonly sasl?: Partial<NonNullable<PortalBroker['sasl']>> | undefined;
}

/** A broker with the keys of an update changed. */
export function updateBroker(
  broker: PortalBroker,
  update: PortalBrokerUpdate,
  defaultSasl: NonNullable<PortalBroker['sasl']>,
): PortalBroker {
  const sasl =
    'sasl' in update
      ? update.sasl && { ...defaultSasl, ...broker.sasl, ...update.sasl }
      : broker.sasl;
  return { ...broker, ...update, sasl };
}

/** The body of `GET /workspaces/{id}/broker/librdkafka`. JSON leaves out what is undefined. */
export function toLibrdkafkaAnswer(broker: PortalBroker): Record<string, unknown> {
  const { brokers, securityProtocol, ca, clientId, raw } = broker;
  const sasl = securityProtocol.startsWith('SASL') ? broker.sasl : undefined;
  return {
    'bootstrap.servers': brokers.join(','),
    'security.protocol': securityProtocol,
    'sasl.mechanism': sasl?.mechanism,
    'sasl.username': sasl?.username,
    'sasl.password': sasl?.password,
    'ssl.ca.cert': ca && Buffer.from(ca).toString('base64'),
    'client.id': clientId,
    ...raw,
  };
}

const SECURITY_MODES: Readonly<Record<SecurityProtocol, string>> = {
  PLAINTEXT: 'PlainText',
  SSL: 'Ssl',
  SASL_PLAINTEXT: 'Sasl',
  SASL_SSL: 'SaslSsl',
};

const SASL_MECHANISMS: ReadonlyMap<string, string> = new Map([
  ['PLAIN', 'Plain'],
  ['SCRAM-SHA-256', 'ScramSha256'],
  ['SCRAM-SHA-512', 'ScramSha512'],
  ['GSSAPI', 'Gssapi'],
  ['OAUTHBEARER', 'OAuthBearer'],
]);

/** The `broker` in the body of `GET /workspaces/{id}`, which has names of its own for all of it. */
export function toWorkspaceBroker(broker: PortalBroker): Record<string, unknown> {
  const { brokers, securityProtocol, sasl, ca } = broker;
  return {
    address: brokers.join(','),
    securityMode: SECURITY_MODES[securityProtocol],
    sslPassword: '',
    saslMechanism: sasl && (SASL_MECHANISMS.get(sasl.mechanism) ?? sasl.mechanism),
    username: sasl?.username,
    password: sasl?.password,
    hasCertificate: Boolean(ca),
  };
}
