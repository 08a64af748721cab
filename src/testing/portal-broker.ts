import { Buffer } from 'node:buffer';
import { QuixError, type SaslMechanism, type SecurityProtocol } from 'quix-streams-auth';
import { decodeCa } from '../credentials/index.ts';

/**
 * The Kafka broker of an emulated workspace. The emulator only reports these settings: it does not
 * start a broker.
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
  /** Default: `'SASL_SSL'`. */
  readonly securityProtocol: SecurityProtocol;
  /**
   * Login of a Kafka client. Not part of the librdkafka settings if the protocol has no SASL. Default:
   * SCRAM-SHA-512, the workspace id as user name, and a random password.
   */
  readonly sasl?:
    | { readonly mechanism: SaslMechanism; readonly username: string; readonly password: string }
    | undefined;
  /**
   * Certificate authority of the brokers, in PEM format. `''` is sent as an empty value. Default:
   * `undefined`, the key is not sent.
   */
  readonly ca?: string | undefined;
  /** Kafka client id. Default: `undefined`, the key is not sent. */
  readonly clientId?: string | undefined;
  /**
   * Keys to add to the librdkafka settings or to replace there, with a value of any type. `undefined`
   * removes a key. Default: none.
   */
  readonly raw?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Changes to a broker. Settings that are not listed stay the same, also within `sasl`.
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
  /** Changes to the login. `undefined` removes it. */
  readonly sasl?: Partial<NonNullable<PortalBroker['sasl']>> | undefined;
}

/**
 * Returns a broker with the changes applied.
 *
 * @throws QuixError `QUIX_CONFIG` if `ca` is neither empty nor a PEM certificate
 */
export function updateBroker(
  broker: PortalBroker,
  update: PortalBrokerUpdate,
  defaultSasl: NonNullable<PortalBroker['sasl']>,
): PortalBroker {
  if (update.ca && !isPem(update.ca)) {
    throw new QuixError('QUIX_CONFIG', 'The option "ca" of the broker is not a PEM certificate.', {
      hint: 'Pass the content of a PEM file. To send another value, set "ssl.ca.cert" in the option "raw".',
    });
  }
  const sasl =
    'sasl' in update
      ? update.sasl && { ...defaultSasl, ...broker.sasl, ...update.sasl }
      : broker.sasl;
  return { ...broker, ...update, sasl };
}

/** decodeCa() also accepts base64, which the Portal sends but `ca` must not contain. */
function isPem(text: string): boolean {
  return text.includes('-----BEGIN') && decodeCa(text) !== undefined;
}

/** Returns the body of `GET /workspaces/{id}/broker/librdkafka`. JSON omits undefined values. */
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

/** Returns `broker` in the body of `GET /workspaces/{id}`, which uses other names and values. */
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
