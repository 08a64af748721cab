import { QuixError } from '../errors.ts';
import type { BrokerSettingsResponse } from '../portal/index.ts';
import type { BrokerSettings } from './broker-credentials.ts';
import { parseBrokerList } from './broker-list.ts';
import { decodeCa } from './ca.ts';

const PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'GSSAPI', 'OAUTHBEARER'] as const;

/** Finds a name. Ignores case and punctuation, because the Portal also uses names like `SaslSsl`. */
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

function requireField(
  response: BrokerSettingsResponse,
  field: 'sasl.username' | 'sasl.password',
): string {
  const value = response[field];
  if (!value) throw invalidFieldError(field, 'is missing');
  return value;
}

function readMechanism(response: BrokerSettingsResponse): string {
  const value = nonBlank(response['sasl.mechanism']) ?? nonBlank(response['sasl.mechanisms']);
  if (value === undefined) throw invalidFieldError('sasl.mechanism', 'is missing');
  const name = findName(MECHANISMS, value) ?? value.toUpperCase();
  // RFC 4422 limits a name to 20 of these characters. Each adapter checks whether its Kafka client
  // supports the mechanism.
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
