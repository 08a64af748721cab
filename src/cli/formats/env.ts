import { librdkafkaProperties, unwritable, type Format, type Settings } from './format.ts';

/** Values that a shell and a dotenv parser read without quotes. */
const PLAIN = /^[\w.,:/@%+-]+$/;

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
    const variables = Object.entries(librdkafkaProperties(settings)).map(
      ([name, value]) => [`KAFKA_${name.toUpperCase().replaceAll('.', '_')}`, value] as const,
    );
    const lines = [...variables, ['Quix__Workspace__Id', settings.workspaceId] as const].map(
      ([name, value]) => {
        if (value.includes('\0')) throw unwritable('env', name, 'it contains a NUL character');
        return `${name}=${quote(value)}\n`;
      },
    );
    return lines.join('');
  },
} satisfies Format;
