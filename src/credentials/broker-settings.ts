import { QuixError } from '../errors.ts';
import type { BrokerSettingsAnswer } from '../portal/index.ts';
import type { BrokerSettings, SecurityProtocol } from './broker-credentials.ts';
import { parseBrokerList } from './broker-list.ts';
import { decodeCa } from './ca.ts';

/** Kafka's and the Portal's own spellings, folded to letters: `SaslSsl`, `sasl_ssl`, `SASL-SSL`. */
const PROTOCOLS: ReadonlyMap<string, SecurityProtocol> = new Map([
  ['plaintext', 'PLAINTEXT'],
  ['ssl', 'SSL'],
  ['saslplaintext', 'SASL_PLAINTEXT'],
  ['saslssl', 'SASL_SSL'],
]);

/** `ScramSha256`, `scram_sha_256` and `SCRAM-SHA-256` are one mechanism. */
const MECHANISMS: ReadonlyMap<string, string> = new Map(
  ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'GSSAPI', 'OAUTHBEARER'].map((name) => [
    fold(name),
    name,
  ]),
);

function fold(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function bad(field: string, problem: string): QuixError {
  return new QuixError(
    'QUIX_BAD_RESPONSE',
    `The Portal's broker settings are not usable: "${field}" ${problem}.`,
    {
      hint: 'Check the environment in the Quix portal, or ask Quix support.',
    },
  );
}

/** What is absent, null or blank in an answer is not there. */
function textOf(value: string | null | undefined): string | undefined {
  const text = value?.trim();
  return text === '' ? undefined : text;
}

function required(answer: BrokerSettingsAnswer, field: 'sasl.username' | 'sasl.password'): string {
  const value = answer[field];
  if (value === undefined || value === null || value === '') throw bad(field, 'is missing');
  return value;
}

function readMechanism(answer: BrokerSettingsAnswer): string {
  const given = textOf(answer['sasl.mechanism']) ?? textOf(answer['sasl.mechanisms']);
  if (given === undefined) throw bad('sasl.mechanism', 'is missing');
  const known = MECHANISMS.get(fold(given));
  if (known !== undefined) return known;
  // RFC 4422: up to 20 of these. Whether a Kafka client can do it, its adapter says.
  const name = given.toUpperCase();
  if (!/^[A-Z0-9_-]{1,20}$/.test(name))
    throw bad('sasl.mechanism', 'is no name of a SASL mechanism');
  return name;
}

/**
 * The librdkafka settings of the Portal, normalised and checked.
 *
 * @throws QuixError `QUIX_BAD_RESPONSE` naming the field, `QUIX_UNSUPPORTED` for an unknown protocol
 */
export function parseBrokerSettings(
  answer: BrokerSettingsAnswer,
  workspaceId: string,
): BrokerSettings {
  const brokers = parseBrokerList(answer['bootstrap.servers']);
  if (!brokers) throw bad('bootstrap.servers', 'is no list of host:port');

  const securityProtocol = PROTOCOLS.get(fold(answer['security.protocol']));
  if (!securityProtocol) {
    throw new QuixError(
      'QUIX_UNSUPPORTED',
      'The broker settings of the Portal name a "security.protocol" that this version does not know.',
      {
        hint: 'Known are PLAINTEXT, SSL, SASL_PLAINTEXT and SASL_SSL. Update quix-streams-auth.',
      },
    );
  }

  const encodedCa = textOf(answer['ssl.ca.cert']);
  const ca = encodedCa === undefined ? undefined : decodeCa(encodedCa);
  if (encodedCa !== undefined && ca === undefined)
    throw bad('ssl.ca.cert', 'is no base64 of a PEM certificate');

  const usesSasl = securityProtocol.startsWith('SASL');
  return {
    workspaceId,
    brokers,
    securityProtocol,
    sasl: usesSasl
      ? {
          mechanism: readMechanism(answer),
          username: required(answer, 'sasl.username'),
          password: required(answer, 'sasl.password'),
        }
      : undefined,
    ca,
    clientId: textOf(answer['client.id']),
  };
}
