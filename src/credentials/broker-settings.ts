import { QuixError } from '../errors.ts';
import type { BrokerSettingsResponse } from '../portal/index.ts';
import { Redactor } from '../token/index.ts';
import type { Warn } from '../warnings.ts';
import type { BrokerSettings } from './broker-credentials.ts';
import { readOtherProperties, warnIgnored } from './other-properties.ts';

/** Matches `host:port`. The host is a name, an IPv4 address, or an IPv6 address in brackets. */
const BROKER = /^(?<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.%]+\])(?::(?<port>\d{1,5}))?$/;

/**
 * One certificate with a label that OpenSSL accepts. Base64 does not contain dashes, and `[^-]`
 * keeps the search linear.
 */
const PEM_BLOCK = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----[^-]+-----END \1-----/g;
const USUAL_LABEL = '-----BEGIN CERTIFICATE-----';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

export const PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
/** Mechanisms that always need a user name and a password. Other mechanisms may not need them. */
const PASSWORD_MECHANISMS = /^(?:PLAIN|SCRAM-)/;
/** The mechanisms that the adapters support. */
export const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
const KNOWN_MECHANISMS = [...MECHANISMS, 'GSSAPI', 'OAUTHBEARER'] as const;

/** Finds a name. Ignores case and punctuation, because the Portal also uses `SaslSsl`. */
export function findName<T extends string>(names: readonly T[], text: string): T | undefined {
  const normalize = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return names.find((name) => normalize(name) === normalize(text));
}

function invalidFieldError(field: string, problem: string): QuixError {
  return new QuixError(
    'QUIX_BAD_RESPONSE',
    `The broker settings of the Portal cannot be used. The field "${field}" ${problem}.`,
    { hint: 'Check the environment in the Quix portal, or contact Quix support.' },
  );
}

/** Returns the value without surrounding spaces, or `undefined` if it is absent, null or blank. */
function nonBlank(value: string | null | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === '' ? undefined : trimmed;
}

function required(value: string | null | undefined, field: string): string {
  if (!value) throw invalidFieldError(field, 'is missing');
  return value;
}

function readMechanism(response: BrokerSettingsResponse): string {
  const value = nonBlank(response['sasl.mechanism']) ?? nonBlank(response['sasl.mechanisms']);
  const text = required(value, 'sasl.mechanism');
  const name = findName(KNOWN_MECHANISMS, text) ?? text.toUpperCase();
  // RFC 4422 limits a name to 20 of these characters. Each adapter checks whether its Kafka client
  // supports the mechanism.
  if (!/^[A-Z0-9_-]{1,20}$/.test(name))
    throw invalidFieldError('sasl.mechanism', 'is not the name of a SASL mechanism');
  return name;
}

function readLogin(response: BrokerSettingsResponse): NonNullable<BrokerSettings['sasl']> {
  const mechanism = readMechanism(response);
  const { 'sasl.username': username, 'sasl.password': password } = response;
  if (!PASSWORD_MECHANISMS.test(mechanism) && !(username && password)) {
    throw new QuixError(
      'QUIX_UNSUPPORTED',
      `The broker requires the SASL mechanism ${mechanism}, and the Portal returned no user name and password for it.`,
      {
        hint: 'This version supports mechanisms with a user name and a password. Check the broker of the environment in Quix.',
      },
    );
  }
  return {
    mechanism,
    username: required(username, 'sasl.username'),
    password: required(password, 'sasl.password'),
  };
}

/**
 * Returns the usable brokers of the list. Emits one warning about all entries that are not usable.
 */
function readBrokers(response: BrokerSettingsResponse, token: string, warn: Warn): string[] {
  const entries = splitList(response['bootstrap.servers']);
  const redactor = new Redactor([token]);
  const brokers = entries.map((entry) =>
    redactor.containsSecret(entry) ? undefined : parseBroker(entry),
  );
  const usable = brokers.filter((broker) => broker !== undefined);
  if (usable.length === 0) {
    throw invalidFieldError('bootstrap.servers', 'is not a list of host:port');
  }
  const positions = brokers.flatMap((broker, index) => (broker === undefined ? [index + 1] : []));
  if (positions.length > 0) {
    warn({
      code: 'BROKER_SETTING_IGNORED',
      about: 'bootstrap.servers',
      message: `The list of ${entries.length} brokers in the Portal's "bootstrap.servers" contains entries that are not host:port. They are ignored. Positions: ${positions.join(', ')}. Check the broker of the environment in Quix.`,
    });
  }
  return [...new Set(usable)];
}

/** Returns the CA as PEM. As in the Python client of Quix, `ssl.ca.cert` has precedence. */
function readCa(response: BrokerSettingsResponse): string | undefined {
  for (const field of ['ssl.ca.cert', 'ssl.ca.pem'] as const) {
    const encoded = nonBlank(response[field]);
    if (encoded === undefined) continue;
    const ca = decodeCa(encoded);
    if (ca !== undefined) return ca;
    const form = field === 'ssl.ca.cert' ? 'a PEM certificate in base64' : 'a PEM certificate';
    throw invalidFieldError(field, `is not ${form}`);
  }
  return undefined;
}

/** Returns the client id. Ignores a client id that contains a secret, because logs show it. */
function readClientId(
  response: BrokerSettingsResponse,
  redactor: Redactor,
  warn: Warn,
): string | undefined {
  const clientId = nonBlank(response['client.id']);
  if (clientId === undefined || !redactor.containsSecret(clientId)) return clientId;
  warnIgnored(warn, 'client.id', 'its value contains a secret');
  return undefined;
}

/** The workspace and the token of an exchange, and the function that emits its warnings. */
export interface BrokerSettingsContext {
  readonly workspaceId: string;
  /** Text of the token. Settings that contain the token are ignored or treated as secret. */
  readonly token: string;
  readonly warn: Warn;
}

/**
 * Checks and normalizes the broker settings of the Portal. Warns about settings that are ignored.
 * Throws `QUIX_BAD_RESPONSE` with the name of the wrong field, or `QUIX_UNSUPPORTED` for an unknown
 * security protocol, or for a SASL mechanism without a user name and a password.
 */
export function parseBrokerSettings(
  response: BrokerSettingsResponse,
  { workspaceId, token, warn }: BrokerSettingsContext,
): BrokerSettings {
  const brokers = readBrokers(response, token, warn);
  const securityProtocol = findName(PROTOCOLS, response['security.protocol']);
  if (!securityProtocol) {
    throw new QuixError(
      'QUIX_UNSUPPORTED',
      'The broker settings of the Portal contain a "security.protocol" that this version does not support.',
      {
        hint: 'This version supports PLAINTEXT, SSL, SASL_PLAINTEXT and SASL_SSL. Update quix-streams-auth.',
      },
    );
  }
  const sasl = securityProtocol.startsWith('SASL') ? readLogin(response) : undefined;
  const redactor = new Redactor([token, response['sasl.password'] ?? '']);
  return {
    workspaceId,
    brokers,
    securityProtocol,
    ...(sasl && { sasl }),
    ca: readCa(response),
    clientId: readClientId(response, redactor, warn),
    ...readOtherProperties(response, redactor, warn),
  };
}

const splitList = (list: string): string[] =>
  list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');

/** Returns an entry of a broker list as `host:port`, or `undefined` if it is not usable. */
function parseBroker(entry: string): string | undefined {
  // The protocol is removed, because Kafka's own tools print listeners as `SASL_SSL://host:port`.
  const match = BROKER.exec(entry.replace(/^[A-Za-z][A-Za-z0-9_+.-]*:\/\//, ''));
  const { host, port = 9092 } = match?.groups ?? {}; // the default port of Kafka clients
  const number = Number(port);
  const isUsable = host !== undefined && number >= 1 && number <= 65_535;
  return isUsable ? `${host}:${number}` : undefined;
}

/** Returns unique `host:port` entries of a broker list, or `undefined` if it is empty or wrong. */
export function parseBrokerList(list: string): string[] | undefined {
  const brokers = splitList(list).map(parseBroker);
  const usable = brokers.filter((broker) => broker !== undefined);
  return usable.length === 0 || usable.length < brokers.length ? undefined : [...new Set(usable)];
}

/**
 * Returns the certificates of a CA as PEM. `value` is a PEM or its base64 encoding, which the
 * Portal uses for `ssl.ca.cert`. Returns `undefined` if `value` is neither, or if a certificate in
 * it cannot be parsed. Without this check, a wrong value would fail only at the first connection.
 * The label of each certificate becomes `CERTIFICATE`, the only one that all Kafka clients read.
 */
export function decodeCa(value: string): string | undefined {
  let pem = value;
  if (!value.includes('-----BEGIN')) {
    const compact = value.replace(/\s+/g, '');
    if (!BASE64.test(compact)) return undefined;
    pem = Buffer.from(compact, 'base64').toString('utf8');
  }
  const blocks = pem.match(PEM_BLOCK);
  if (!blocks) return undefined;
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  try {
    const certificates = blocks.map((block) => {
      const certificate = new X509Certificate(block);
      return block.startsWith(USUAL_LABEL) ? block : certificate.toString().trim();
    });
    return `${certificates.join('\n')}\n`;
  } catch {
    return undefined;
  }
}
