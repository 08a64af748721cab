import { QuixError } from '../errors.ts';
import type { BrokerSettingsResponse } from '../portal/index.ts';
import type { BrokerSettings, SecurityProtocol } from './broker-credentials.ts';
import { parseBrokerList } from './broker-list.ts';
import { decodeCa } from './ca.ts';

/** Security protocols by normalized name. The Portal's names can differ, for example `SaslSsl`. */
const PROTOCOLS: ReadonlyMap<string, SecurityProtocol> = new Map([
  ['plaintext', 'PLAINTEXT'],
  ['ssl', 'SSL'],
  ['saslplaintext', 'SASL_PLAINTEXT'],
  ['saslssl', 'SASL_SSL'],
]);

/** SASL mechanisms by normalized name. The Portal's names can differ, for example `ScramSha256`. */
const MECHANISMS: ReadonlyMap<string, string> = new Map(
  ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'GSSAPI', 'OAUTHBEARER'].map((name) => [
    normalize(name),
    name,
  ]),
);

/** Removes case and punctuation from a name. */
function normalize(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
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

function requireField(
  response: BrokerSettingsResponse,
  field: 'sasl.username' | 'sasl.password',
): string {
  const value = response[field];
  if (value === undefined || value === null || value === '')
    throw invalidFieldError(field, 'is missing');
  return value;
}

function readMechanism(response: BrokerSettingsResponse): string {
  const value = nonBlank(response['sasl.mechanism']) ?? nonBlank(response['sasl.mechanisms']);
  if (value === undefined) throw invalidFieldError('sasl.mechanism', 'is missing');
  const known = MECHANISMS.get(normalize(value));
  if (known !== undefined) return known;
  // RFC 4422 limits a name to 20 of these characters. Each adapter checks whether its Kafka client
  // supports the mechanism.
  const name = value.toUpperCase();
  if (!/^[A-Z0-9_-]{1,20}$/.test(name))
    throw invalidFieldError('sasl.mechanism', 'is not the name of a SASL mechanism');
  return name;
}

/**
 * Checks and normalizes the broker settings of the Portal.
 *
 * @throws QuixError `QUIX_BAD_RESPONSE` with the name of the wrong field, or `QUIX_UNSUPPORTED` for
 * an unknown security protocol
 */
export function parseBrokerSettings(
  response: BrokerSettingsResponse,
  workspaceId: string,
): BrokerSettings {
  const brokers = parseBrokerList(response['bootstrap.servers']);
  if (!brokers) throw invalidFieldError('bootstrap.servers', 'is not a list of host:port');

  const securityProtocol = PROTOCOLS.get(normalize(response['security.protocol']));
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

  const usesSasl = securityProtocol.startsWith('SASL');
  return {
    workspaceId,
    brokers,
    securityProtocol,
    sasl: usesSasl
      ? {
          mechanism: readMechanism(response),
          username: requireField(response, 'sasl.username'),
          password: requireField(response, 'sasl.password'),
        }
      : undefined,
    ca,
    clientId: nonBlank(response['client.id']),
  };
}
