import { QuixError, type BrokerCredentials } from 'quix-streams-auth';
import { toLibrdkafkaProperties, type BrokerSettings } from '../credentials/index.ts';
import { toJson, unicodeEscape } from './output.ts';

/** Broker settings to print. The password may be hidden. */
export interface Settings extends BrokerSettings {
  /** File that contains the certificate authority, for tools that read it from a file. */
  readonly caFile?: string | undefined;
}

const HIDDEN = '[hidden]';

/** Returns librdkafka's properties. If the CA was written to a file, they contain its path. */
function librdkafkaProperties(settings: Settings): Record<string, string> {
  const { ca, caFile } = settings;
  if (ca === undefined || caFile === undefined) return toLibrdkafkaProperties(settings);
  return { ...toLibrdkafkaProperties({ ...settings, ca: undefined }), 'ssl.ca.location': caFile };
}

/** Returns a text with a line `name=value` for each property. */
function toLines(
  properties: readonly (readonly [name: string, value: string])[],
  writeValue: (value: string, name: string) => string,
): string {
  return properties.map(([name, value]) => `${name}=${writeValue(value, name)}\n`).join('');
}

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];

/** Throws for other mechanisms, which need more than a user name and a password. */
function assertMechanism(format: string, mechanism: string): void {
  if (MECHANISMS.includes(mechanism)) return;
  throw unwritable(format, 'SASL mechanism', `supported are ${MECHANISMS.join(', ')}`);
}

function unwritable(format: string, setting: string, problem: string): QuixError {
  const message = `The format ${format} cannot hold this ${setting}: ${problem}.`;
  const hint = 'Use another format, such as json.';
  return new QuixError('QUIX_UNSUPPORTED', message, { hint });
}

/** Quotes a text for Java's StreamTokenizer, with which Kafka reads `sasl.jaas.config`. */
function jaasString(text: string): string {
  const escaped = text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
  return `"${escaped.replaceAll('\r', '\\r')}"`;
}

/** Escapes a value for Java's `Properties.load()`, which reads Latin-1. */
function propertyValue(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replace(/[^\n\x20-\x7e]/g, unicodeEscape)
    .replace(/^ /, '\\ ');
}

function jaasConfig({ mechanism, username, password }: NonNullable<Settings['sasl']>): string {
  assertMechanism('properties', mechanism);
  const module = mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule';
  return `org.apache.kafka.common.security.${module} required username=${jaasString(username)} password=${jaasString(password)};`;
}

function toJavaProperties(settings: Settings): string {
  const { brokers, securityProtocol, sasl, ca, clientId } = settings;
  const properties = {
    'bootstrap.servers': brokers.join(','),
    'security.protocol': securityProtocol,
    ...(sasl && { 'sasl.mechanism': sasl.mechanism, 'sasl.jaas.config': jaasConfig(sasl) }),
    ...(ca !== undefined && {
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': ca.trim(),
    }),
    ...(clientId !== undefined && { 'client.id': clientId }),
  };
  return toLines(Object.entries(properties), propertyValue);
}

/** kcat 1.7 reads lines into a buffer of 512 bytes. */
const MAX_KCAT_LINE_BYTES = 510;

/** Returns the reason why kcat would misread a value. Its format has no escape sequences. */
function kcatProblem(name: string, value: string): string | undefined {
  if (/[\n\r\0]/.test(value)) return 'it contains a line break or a NUL character';
  // kcat calls isspace() of C. It does not remove other white space.
  if (/^[ \t\v\f]|[ \t\v\f]$/.test(value)) return 'kcat removes white space at both ends';
  if (value === '') return 'it is empty';
  if (Buffer.byteLength(`${name}=${value}`) <= MAX_KCAT_LINE_BYTES) return undefined;
  return `kcat reads lines of up to ${MAX_KCAT_LINE_BYTES} bytes`;
}

/** Values that need no quotes in a shell or in a dotenv file. */
const BARE = /^[\w.,:/@%+-]+$/;

/**
 * Quotes a value so that a POSIX shell, Node's `--env-file` and dotenv read the same value. Throws
 * if they would read different values, because one of them could then read a part of the value as
 * another line.
 */
function quote(value: string, name: string): string {
  if (BARE.test(value)) return value;
  // dotenv reads a backslash before the closing quote as an escape.
  if (!value.includes("'") && !value.endsWith('\\')) return `'${value}'`;
  if (!/["\\$`]/.test(value)) return `"${value}"`;
  const problem = 'a shell and Node would read its quotes, backslashes or "$" differently';
  throw unwritable('env', name, problem);
}

/**
 * Formats by the name that `--format` accepts. `write()` returns the content of a text file, or an
 * object to print as JSON. It throws `QUIX_UNSUPPORTED` if the format cannot hold a setting.
 */
export const FORMATS = {
  librdkafka: { about: "librdkafka's properties as a JSON object", write: librdkafkaProperties },
  properties: {
    about: "Java properties for Kafka's own tools (--command-config)",
    omitsOtherSettings: true,
    write: toJavaProperties,
  },
  kafkajs: {
    about: "kafkajs' configuration as a JSON object",
    omitsOtherSettings: true,
    write({ brokers, securityProtocol, sasl, ca, clientId }: Settings): object {
      if (sasl) assertMechanism('kafkajs', sasl.mechanism);
      return {
        ...(clientId !== undefined && { clientId }),
        brokers,
        ssl: securityProtocol.endsWith('SSL') && (ca === undefined || { ca: [ca] }),
        ...(sasl && { sasl: { ...sasl, mechanism: sasl.mechanism.toLowerCase() } }),
      };
    },
  },
  kcat: {
    about: 'file for kcat -F, with the CA in a file beside it',
    needsCaFile: true,
    write: (settings: Settings): string =>
      toLines(Object.entries(librdkafkaProperties(settings)), (value, name) => {
        const problem = kcatProblem(name, value);
        if (problem !== undefined) throw unwritable('kcat', name, problem);
        return value;
      }),
  },
  env: {
    about: 'variables KAFKA_…, for a POSIX shell (set -a; . FILE) and node --env-file',
    write(settings: Settings): string {
      const variables = Object.entries(librdkafkaProperties(settings)).map(
        ([name, value]) => [`KAFKA_${name.toUpperCase().replaceAll('.', '_')}`, value] as const,
      );
      return toLines([...variables, ['Quix__Workspace__Id', settings.workspaceId]], quote);
    },
  },
  json: {
    about: "all settings under this package's own names",
    write: (settings: Settings): object => settings,
  },
};

export type FormatName = keyof typeof FORMATS;

export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];

/**
 * Characters that can begin another line of a file, control a terminal, or change the direction of
 * text. Includes halves of surrogate pairs, which a UTF-8 file cannot contain.
 */
const CONTROL = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/** Throws `QUIX_BAD_RESPONSE` for control characters in a setting. A PEM may contain line breaks. */
function assertNoControlCharacters(credentials: BrokerCredentials): void {
  const properties = { ...credentials.toLibrdkafka(), workspaceId: credentials.workspaceId };
  for (const [name, value] of Object.entries(properties)) {
    const text = name.endsWith('.pem') ? value.replace(/[\t\r\n]/g, '') : value;
    if (!CONTROL.test(text)) continue;
    throw new QuixError(
      'QUIX_BAD_RESPONSE',
      `The setting "${name}" contains a line break or another control character. Every format refuses it, because it could change other lines of a file or control a terminal.`,
      { hint: 'Check the environment in Quix, or contact Quix support.' },
    );
  }
}

/**
 * Returns the settings to print. The password and other secrets may be hidden.
 *
 * @throws QuixError `QUIX_BAD_RESPONSE` if a setting contains control characters, whether it is
 * shown or hidden
 */
export function toSettings(
  credentials: BrokerCredentials,
  showSecrets: boolean,
  caFile: string | undefined,
): Settings {
  assertNoControlCharacters(credentials);
  const { workspaceId, brokers, securityProtocol, sasl, ca, clientId, settings } = credentials;
  const shown = sasl && { ...sasl.toJSON(), ...(showSecrets && { password: sasl.password }) };
  const login = { workspaceId, brokers, securityProtocol, sasl: shown, ca, clientId };
  const known = { ...toLibrdkafkaProperties(login), ...settings };
  const secretSettings = Object.entries(credentials.toLibrdkafka())
    .filter(([name]) => !Object.hasOwn(known, name))
    .map(([name, value]) => [name, showSecrets ? value : HIDDEN] as const);
  return {
    ...login,
    caFile,
    ...(Object.keys(settings).length > 0 && { settings }),
    ...(secretSettings.length > 0 && { secretSettings: Object.fromEntries(secretSettings) }),
  };
}

/** Converts the result of a format's `write()` to text. */
export const toText = (written: string | object): string =>
  typeof written === 'string' ? written : `${toJson(written, 2)}\n`;
