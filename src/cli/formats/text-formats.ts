import { librdkafkaProperties, unwritable, type Settings } from './format.ts';

/** kcat 1.7 reads lines into a buffer of 512 bytes. */
const MAX_KCAT_LINE_BYTES = 510;

/** Values that a shell and a dotenv parser read without quotes. */
const PLAIN = /^[\w.,:/@%+-]+$/;

/** Returns why kcat would read another value. kcat has no escape sequences. */
function kcatProblem(name: string, value: string): string | undefined {
  if (/[\n\r\0]/.test(value)) return 'it contains a line break';
  // kcat removes the white space of C's isspace(), which is less than String.trim() removes.
  if (/^[ \t\v\f]|[ \t\v\f]$/.test(value)) return 'kcat removes white space at both ends';
  if (value === '') return 'it is empty';
  if (Buffer.byteLength(`${name}=${value}`) <= MAX_KCAT_LINE_BYTES) return undefined;
  return `kcat reads lines of up to ${MAX_KCAT_LINE_BYTES} bytes`;
}

/** Format for `kcat -F FILE`. */
export const kcat = {
  about: 'file for kcat -F, with the CA in a file beside it',
  needsCaFile: true,
  write(settings: Settings): string {
    const lines = Object.entries(librdkafkaProperties(settings)).map(([name, value]) => {
      const problem = kcatProblem(name, value);
      if (problem !== undefined) throw unwritable('kcat', name, problem);
      return `${name}=${value}\n`;
    });
    return lines.join('');
  },
};

/**
 * Quotes a value for a POSIX shell. Node's `--env-file` and dotenv read the same, except values that
 * contain a single quote.
 */
function quote(value: string): string {
  return PLAIN.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

/** Format with a variable for each property of librdkafka, such as `KAFKA_SASL_PASSWORD`. */
export const env = {
  about: 'variables KAFKA_…, for a POSIX shell (set -a; . FILE)',
  write(settings: Settings): string {
    const workspace = ['Quix__Workspace__Id', settings.workspaceId] as const;
    const properties = Object.entries(librdkafkaProperties(settings)).map(
      ([name, value]) => [`KAFKA_${name.toUpperCase().replaceAll('.', '_')}`, value] as const,
    );
    const lines = [...properties, workspace].map(([name, value]) => {
      if (value.includes('\0')) throw unwritable('env', name, 'it contains a NUL character');
      return `${name}=${quote(value)}\n`;
    });
    return lines.join('');
  },
};
