import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { QuixError, type SaslMechanism, type SecurityProtocol } from 'quix-streams-auth';
import { decodeCa } from '../credentials/index.ts';

/**
 * The Kafka broker of an emulated workspace. The emulator returns these settings in its responses.
 * It does not start a broker.
 *
 * @example
 * ```ts
 * import { startPortalEmulator, type PortalBroker } from 'quix-streams-auth/testing';
 *
 * const broker: PortalBroker = {
 *   brokers: ['localhost:9093'],
 *   securityProtocol: 'SASL_SSL',
 *   sasl: { mechanism: 'SCRAM-SHA-256', username: 'service', password: 'for tests only' },
 * };
 * const portal = await startPortalEmulator({ broker });
 * console.log(portal.workspaces.get(portal.workspaceId)?.broker.brokers); // [ 'localhost:9093' ]
 * ```
 */
export interface PortalBroker {
  /** `host:port` of each broker. Default: `['127.0.0.1:9092']`. */
  readonly brokers: readonly string[];
  /** Whether clients connect with TLS and with SASL. Default: `'SASL_SSL'`. */
  readonly securityProtocol: SecurityProtocol;
  /**
   * Login of the Kafka clients. Omitted from the librdkafka settings if `securityProtocol` does not
   * include SASL. Default: SCRAM-SHA-512, with the workspace id as user name and a random password.
   */
  readonly sasl?:
    | { readonly mechanism: SaslMechanism; readonly username: string; readonly password: string }
    | undefined;
  /**
   * Certificate of the brokers' certificate authority, in PEM format. An empty string sends an
   * empty `ssl.ca.cert`. Default: none, `ssl.ca.cert` is omitted.
   */
  readonly ca?: string | undefined;
  /** Client id of the Kafka clients. Default: none, `client.id` is omitted. */
  readonly clientId?: string | undefined;
  /**
   * Settings to add to the librdkafka settings, or to replace in them. A value can have any type.
   * `undefined` removes a setting. Default: none.
   */
  readonly raw?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Changes to a broker. Settings that are absent stay the same. This also applies within `sasl`.
 *
 * @example
 * ```ts
 * import { startPortalEmulator, type PortalBrokerUpdate } from 'quix-streams-auth/testing';
 *
 * const portal = await startPortalEmulator();
 * portal.setBroker({ sasl: { password: 'changed' } }); // mechanism and user name stay
 * const broken: PortalBrokerUpdate = { raw: { 'bootstrap.servers': 42 } };
 * portal.setBroker(broken);
 * ```
 */
export interface PortalBrokerUpdate extends Partial<Omit<PortalBroker, 'sasl'>> {
  /** Changes to the login. `undefined` removes the login. */
  readonly sasl?: Partial<NonNullable<PortalBroker['sasl']>> | undefined;
}

/** Returns the default broker of a workspace. */
export function createDefaultBroker(workspaceId: string): PortalBroker {
  return {
    brokers: ['127.0.0.1:9092'],
    securityProtocol: 'SASL_SSL',
    sasl: {
      mechanism: 'SCRAM-SHA-512',
      username: workspaceId,
      password: randomBytes(24).toString('base64url'),
    },
  };
}

/**
 * Returns a broker with changes applied. If its login was removed, a change to the login starts
 * from the default login.
 *
 * @throws QuixError `QUIX_CONFIG` if `ca` is neither empty nor a PEM certificate
 */
export function updateBroker(
  broker: PortalBroker,
  update: PortalBrokerUpdate,
  defaults: PortalBroker,
): PortalBroker {
  if (update.ca && !isPem(update.ca)) {
    throw new QuixError('QUIX_CONFIG', 'The option "ca" of the broker is not a PEM certificate.', {
      hint: 'Pass the content of a PEM file. To send a value that is not a certificate, set "ssl.ca.cert" in the option "raw".',
    });
  }
  const login = broker.sasl ?? defaults.sasl;
  const changedLogin = update.sasl && login && { ...login, ...update.sasl };
  return { ...broker, ...update, sasl: 'sasl' in update ? changedLogin : broker.sasl };
}

/** Returns whether a text is a PEM certificate. decodeCa() alone would also accept base64. */
function isPem(text: string): boolean {
  return text.includes('-----BEGIN') && decodeCa(text) !== undefined;
}

/**
 * Returns the body of `GET /workspaces/{id}/broker/librdkafka`. JSON omits values that are
 * `undefined`.
 */
export function toLibrdkafkaSettings(broker: PortalBroker): Record<string, unknown> {
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

/**
 * Returns the field `broker` in the body of `GET /workspaces/{id}`. Its names and values differ
 * from those of librdkafka.
 */
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
