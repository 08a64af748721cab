import { QuixError } from '../errors.ts';
import type { BrokerSettingsResponse } from '../portal/index.ts';
import type { BrokerSettings } from './broker-credentials.ts';

/** Matches `host:port`. The host is a name, an IPv4 address, or an IPv6 address in brackets. */
const BROKER = /^(?<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.%]+\])(?::(?<port>\d{1,5}))?$/;

/** One certificate. Base64 does not contain dashes, and `[^-]` keeps the search linear. */
const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

const PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'GSSAPI', 'OAUTHBEARER'] as const;

/** Finds a name. Ignores case and punctuation, because the Portal also uses `SaslSsl`. */
function findName<T extends string>(names: readonly T[], text: string): T | undefined {
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
  const name = findName(MECHANISMS, text) ?? text.toUpperCase();
  // RFC 4422 limits a name to 20 of these characters. Each adapter checks whether its Kafka client
  // supports the mechanism.
  if (!/^[A-Z0-9_-]{1,20}$/.test(name))
    throw invalidFieldError('sasl.mechanism', 'is not the name of a SASL mechanism');
  return name;
}

/**
 * Checks and normalizes the broker settings of the Portal. Throws `QUIX_BAD_RESPONSE` with the name
 * of the wrong field, or `QUIX_UNSUPPORTED` for an unknown security protocol.
 */
export function parseBrokerSettings(
  response: BrokerSettingsResponse,
  workspaceId: string,
): BrokerSettings {
  const brokers = parseBrokerList(response['bootstrap.servers']);
  if (!brokers) throw invalidFieldError('bootstrap.servers', 'is not a list of host:port');

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

  const encodedCa = nonBlank(response['ssl.ca.cert']);
  const ca = encodedCa === undefined ? undefined : decodeCa(encodedCa);
  if (encodedCa !== undefined && ca === undefined)
    throw invalidFieldError('ssl.ca.cert', 'is not a PEM certificate in base64');

  return {
    workspaceId,
    brokers,
    securityProtocol,
    ...(securityProtocol.startsWith('SASL') && {
      sasl: {
        mechanism: readMechanism(response),
        username: required(response['sasl.username'], 'sasl.username'),
        password: required(response['sasl.password'], 'sasl.password'),
      },
    }),
    ca,
    clientId: nonBlank(response['client.id']),
  };
}

/** Returns unique `host:port` entries of a broker list, or `undefined` if it is empty or wrong. */
export function parseBrokerList(list: string): string[] | undefined {
  const brokers = new Set<string>();
  for (const entry of list.split(',')) {
    const text = entry.trim();
    if (text === '') continue;
    // The protocol is removed, because Kafka's own tools print listeners as `SASL_SSL://host:port`.
    const match = BROKER.exec(text.replace(/^[A-Za-z][A-Za-z0-9_+.-]*:\/\//, ''));
    const { host, port = 9092 } = match?.groups ?? {}; // the default port of Kafka clients
    const number = Number(port);
    if (host === undefined || number < 1 || number > 65_535) return undefined;
    brokers.add(`${host}:${number}`);
  }
  return brokers.size > 0 ? [...brokers] : undefined;
}

/**
 * Returns the certificates of a CA as PEM. `value` is a PEM or its base64 encoding, which the
 * Portal uses for `ssl.ca.cert`. Returns `undefined` if `value` is neither, or if a certificate in
 * it cannot be parsed. Without this check, a wrong value would fail only at the first connection.
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
    for (const block of blocks) new X509Certificate(block);
  } catch {
    return undefined;
  }
  return `${blocks.join('\n')}\n`;
}
