import { QuixError } from '../errors.ts';
import type { BrokerSettingsResponse } from '../portal/index.ts';
import type { BrokerSettings, SecurityProtocol } from './broker-credentials.ts';
import { parseBrokerList } from './broker-list.ts';
import { decodeCa } from './ca.ts';

/**
 * Protocols by spelling without case and punctuation. Kafka and the Portal spell them differently,
 * for example `SaslSsl` and `SASL_SSL`.
 */
const PROTOCOLS: ReadonlyMap<string, SecurityProtocol> = new Map([
  ['plaintext', 'PLAINTEXT'],
  ['ssl', 'SSL'],
  ['saslplaintext', 'SASL_PLAINTEXT'],
  ['saslssl', 'SASL_SSL'],
]);

/**
 * Mechanisms by spelling without case and punctuation, for example `ScramSha256` and
 * `SCRAM-SHA-256`.
 */
const MECHANISMS: ReadonlyMap<string, string> = new Map(
  ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'GSSAPI', 'OAUTHBEARER'].map((name) => [
    fold(name),
    name,
  ]),
);

function fold(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function invalid(field: string, problem: string): QuixError {
  return new QuixError(
    'QUIX_BAD_RESPONSE',
    `The broker settings of the Portal cannot be used: "${field}" ${problem}.`,
    { hint: 'Check the environment in the Quix portal, or contact Quix support.' },
  );
}

/** Returns `undefined` for a value that is absent, null or blank. */
function textOf(value: string | null | undefined): string | undefined {
  const text = value?.trim();
  return text === '' ? undefined : text;
}

function required(
  response: BrokerSettingsResponse,
  field: 'sasl.username' | 'sasl.password',
): string {
  const value = response[field];
  if (value === undefined || value === null || value === '') throw invalid(field, 'is missing');
  return value;
}

function readMechanism(response: BrokerSettingsResponse): string {
  const given = textOf(response['sasl.mechanism']) ?? textOf(response['sasl.mechanisms']);
  if (given === undefined) throw invalid('sasl.mechanism', 'is missing');
  const known = MECHANISMS.get(fold(given));
  if (known !== undefined) return known;
  // RFC 4422 allows up to 20 of these characters. The adapter decides whether its Kafka client
  // supports the name.
  const name = given.toUpperCase();
  if (!/^[A-Z0-9_-]{1,20}$/.test(name))
    throw invalid('sasl.mechanism', 'is not the name of a SASL mechanism');
  return name;
}

/**
 * Checks and normalizes the broker settings of the Portal.
 *
 * @throws QuixError `QUIX_BAD_RESPONSE` naming the field, `QUIX_UNSUPPORTED` for an unknown
 * protocol
 */
export function parseBrokerSettings(
  response: BrokerSettingsResponse,
  workspaceId: string,
): BrokerSettings {
  const brokers = parseBrokerList(response['bootstrap.servers']);
  if (!brokers) throw invalid('bootstrap.servers', 'is not a list of host:port');

  const securityProtocol = PROTOCOLS.get(fold(response['security.protocol']));
  if (!securityProtocol) {
    throw new QuixError(
      'QUIX_UNSUPPORTED',
      'The broker settings of the Portal contain a "security.protocol" that this version does not support.',
      {
        hint: 'Supported are PLAINTEXT, SSL, SASL_PLAINTEXT and SASL_SSL. Update quix-streams-auth.',
      },
    );
  }

  const encodedCa = textOf(response['ssl.ca.cert']);
  const ca = encodedCa === undefined ? undefined : decodeCa(encodedCa);
  if (encodedCa !== undefined && ca === undefined)
    throw invalid('ssl.ca.cert', 'is not a PEM certificate in base64');

  const usesSasl = securityProtocol.startsWith('SASL');
  return {
    workspaceId,
    brokers,
    securityProtocol,
    sasl: usesSasl
      ? {
          mechanism: readMechanism(response),
          username: required(response, 'sasl.username'),
          password: required(response, 'sasl.password'),
        }
      : undefined,
    ca,
    clientId: textOf(response['client.id']),
  };
}
