import {
  decodeCa,
  findName,
  MECHANISMS,
  parseBrokerList,
  PROTOCOLS,
} from '../credentials/index.ts';
import type { BrokerSettings, SecurityProtocol } from '../credentials/index.ts';
import { configError, type QuixError } from '../errors.ts';
import { ownProperties } from '../own-properties.ts';
import { containsToken } from '../token/index.ts';

/**
 * A Kafka of your own with TLS or a login, for the option `brokerAddress`.
 *
 * @example
 * ```ts
 * import { QuixStreamingClient } from 'quix-streams-auth';
 *
 * const quix = new QuixStreamingClient({
 *   brokerAddress: {
 *     brokers: 'kafka.dev.example:9093',
 *     securityProtocol: 'SASL_SSL',
 *     sasl: {
 *       mechanism: 'SCRAM-SHA-512',
 *       username: 'my-service',
 *       password: process.env['KAFKA_PASSWORD'] ?? '',
 *     },
 *   },
 * });
 * ```
 */
export interface BrokerAddress {
  /** Bootstrap servers as `host:port`, in an array, or in a string with commas between them. */
  readonly brokers: string | readonly string[];
  /** `SSL` in the name means TLS, and `SASL` means a login. */
  readonly securityProtocol: SecurityProtocol;
  /** The login. Required for `SASL_SSL` and `SASL_PLAINTEXT`, and not allowed for the others. */
  readonly sasl?:
    | {
        /** `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`. */
        readonly mechanism: (typeof MECHANISMS)[number];
        /** User name of the login. */
        readonly username: string;
        /** The secret password. */
        readonly password: string;
      }
    | undefined;
  /**
   * PEM of the certificate authority of the brokers, or an array of them. Only with TLS. Default: the
   * authorities of Node, or those of librdkafka.
   */
  readonly ca?: string | readonly string[] | undefined;
}

type Values = Readonly<Record<string, unknown>>;

/** Returns the own properties of a value, if it is an object with these properties only. */
function toValues(value: unknown, names: readonly string[]): Values | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const values = ownProperties(value as Values);
  return Object.keys(values).every((name) => names.includes(name)) ? values : undefined;
}

export const isText = (value: unknown): value is string => typeof value === 'string';

/** Joins a text or a list of texts. Returns `undefined` for any other value. */
function joinTexts(value: unknown, separator: string): string | undefined {
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
  return texts.every(isText) ? texts.join(separator) : undefined;
}

/**
 * Checks an object in the option `brokerAddress`. Messages contain names only, because the object
 * contains a password.
 *
 * @throws QuixError `QUIX_CONFIG`
 */
export function parseBrokerAddress(address: object, workspaceId: string): BrokerSettings {
  const fail = (problem: string, hint: string): QuixError =>
    configError(`The option brokerAddress ${problem}.`, hint);
  const values = toValues(address, ['brokers', 'securityProtocol', 'sasl', 'ca']);
  if (!values) {
    const hint = 'Use an object with brokers, securityProtocol, sasl and ca.';
    throw fail('is an array or has an unknown property', hint);
  }
  const list = joinTexts(values['brokers'], ',');
  const brokers = list === undefined || containsToken(list) ? undefined : parseBrokerList(list);
  if (!brokers) {
    throw fail('has no usable brokers', "Use a list like ['kafka.example:9093'] as brokers.");
  }
  const { securityProtocol: protocol, sasl, ca } = values;
  const securityProtocol = isText(protocol) ? findName(PROTOCOLS, protocol) : undefined;
  if (!securityProtocol) {
    const hint = `Use one of ${PROTOCOLS.join(', ')}.`;
    throw fail('has an unknown securityProtocol', hint);
  }
  const usesSasl = securityProtocol.startsWith('SASL');
  if (usesSasl !== ((sasl ?? undefined) !== undefined)) {
    const hint = usesSasl
      ? 'Add sasl with the login, or use SSL or PLAINTEXT as securityProtocol.'
      : 'Use SASL_SSL or SASL_PLAINTEXT as securityProtocol, or leave sasl out.';
    throw fail(`has ${usesSasl ? 'no login in' : 'a login in'} sasl for ${securityProtocol}`, hint);
  }
  if (!securityProtocol.endsWith('SSL') && (ca ?? undefined) !== undefined) {
    const hint = 'Use SSL or SASL_SSL as securityProtocol, or leave ca out.';
    throw fail(`has a ca for ${securityProtocol}, which does not use TLS`, hint);
  }
  const pem = joinTexts(ca ?? '', '\n');
  const decodedCa = pem?.includes('-----BEGIN ') ? decodeCa(pem) : undefined;
  if (pem !== '' && decodedCa === undefined) {
    throw fail('has a ca that is not a PEM certificate', 'Pass the content of the file.');
  }
  return {
    workspaceId,
    brokers,
    securityProtocol,
    ...(usesSasl && { sasl: readLogin(sasl, fail) }),
    ca: decodedCa,
  };
}

function readLogin(
  sasl: unknown,
  fail: (problem: string, hint: string) => QuixError,
): NonNullable<BrokerSettings['sasl']> {
  const values = toValues(sasl, ['mechanism', 'username', 'password']);
  if (!values) {
    const hint = 'Use an object with mechanism, username and password.';
    throw fail('has a sasl that is not an object, or that has an unknown property', hint);
  }
  const { mechanism: name, username, password } = values;
  const mechanism = isText(name) ? findName(MECHANISMS, name) : undefined;
  if (!mechanism) {
    throw fail('has an unknown SASL mechanism', `Use one of ${MECHANISMS.join(', ')}.`);
  }
  if (!isText(username) || !username || containsToken(username)) {
    throw fail('has no usable sasl.username', 'Use the user name of the broker.');
  }
  if (!isText(password) || !password) {
    throw fail('has no sasl.password', 'Check where your program reads the password.');
  }
  return { mechanism, username, password };
}
