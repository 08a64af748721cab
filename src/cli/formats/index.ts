import type { BrokerCredentials } from 'quix-streams-auth';
import {
  assertMechanism,
  librdkafkaProperties,
  toLines,
  unwritable,
  type Settings,
} from './format.ts';
import { toJavaProperties } from './properties.ts';

/** kcat 1.7 reads lines into a buffer of 512 bytes. */
const MAX_KCAT_LINE_BYTES = 510;

/** Values that a shell and a dotenv parser read without quotes. */
const PLAIN = /^[\w.,:/@%+-]+$/;

/**
 * Returns the reason why kcat would not read this value unchanged. kcat has no escape sequences.
 */
function kcatProblem(name: string, value: string): string | undefined {
  if (/[\n\r\0]/.test(value)) return 'it contains a line break or a NUL character';
  // kcat removes the white space of C's isspace(), which is less than String.trim() removes.
  if (/^[ \t\v\f]|[ \t\v\f]$/.test(value)) return 'kcat removes white space at both ends';
  if (value === '') return 'it is empty';
  if (Buffer.byteLength(`${name}=${value}`) <= MAX_KCAT_LINE_BYTES) return undefined;
  return `kcat reads lines of up to ${MAX_KCAT_LINE_BYTES} bytes`;
}

/**
 * Quotes a value for a POSIX shell. Node's `--env-file` and dotenv read the same value, unless it
 * contains a single quote.
 */
function quote(value: string, name: string): string {
  if (value.includes('\0')) throw unwritable('env', name, 'it contains a NUL character');
  return PLAIN.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

/**
 * Formats by the name that `--format` accepts. `write()` returns the content of a text file, or an
 * object to print as JSON. It throws `QUIX_UNSUPPORTED` if the format cannot hold a setting.
 */
export const FORMATS = {
  librdkafka: {
    about: "librdkafka's properties as a JSON object",
    write: librdkafkaProperties,
  },
  properties: {
    about: "Java properties for Kafka's own tools (--command-config)",
    write: toJavaProperties,
  },
  kafkajs: {
    about: "kafkajs' configuration as a JSON object",
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
      toLines(librdkafkaProperties(settings), (value, name) => {
        const problem = kcatProblem(name, value);
        if (problem !== undefined) throw unwritable('kcat', name, problem);
        return value;
      }),
  },
  env: {
    about: 'variables KAFKA_…, for a POSIX shell (set -a; . FILE)',
    write(settings: Settings): string {
      const variables = Object.entries(librdkafkaProperties(settings)).map(
        ([name, value]) => [`KAFKA_${name.toUpperCase().replaceAll('.', '_')}`, value] as const,
      );
      const workspace = { Quix__Workspace__Id: settings.workspaceId };
      return toLines({ ...Object.fromEntries(variables), ...workspace }, quote);
    },
  },
  json: {
    about: "all settings under this package's own names",
    write: (settings: Settings): object => settings,
  },
};

export type FormatName = keyof typeof FORMATS;

export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];

/** Returns the settings to print. */
export function toSettings(
  { workspaceId, brokers, securityProtocol, sasl, ca, clientId }: BrokerCredentials,
  showSecrets: boolean,
  caFile: string | undefined,
): Settings {
  const shown = sasl && { ...sasl.toJSON(), ...(showSecrets && { password: sasl.password }) };
  return { workspaceId, brokers, securityProtocol, sasl: shown, ca, caFile, clientId };
}

/** Converts the result of a format's `write()` to text. */
export const toText = (written: string | object): string =>
  typeof written === 'string' ? written : `${JSON.stringify(written, undefined, 2)}\n`;
