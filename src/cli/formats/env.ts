import { librdkafkaProperties, unwritable, type Format } from './format.ts';

/** What neither a shell nor a dotenv parser would take for anything but itself. */
const PLAIN = /^[\w.,:/@%+-]+$/;

/**
 * As a POSIX shell reads it. Node's `--env-file` and dotenv read the same, but for values with a
 * single quote in them.
 */
function quote(value: string): string {
  return PLAIN.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

/** Variables named after librdkafka's properties: `KAFKA_SASL_PASSWORD` is `sasl.password`. */
export const env: Format = {
  about: 'variables KAFKA_…, for a POSIX shell (set -a; . FILE)',
  write(settings) {
    const variables = Object.entries(librdkafkaProperties(settings)).map(
      ([name, value]) => [`KAFKA_${name.toUpperCase().replaceAll('.', '_')}`, value] as const,
    );
    const lines = [...variables, ['Quix__Workspace__Id', settings.workspaceId] as const];
    return lines
      .map(([name, value]) => {
        if (value.includes('\0')) throw unwritable('env', name, 'it has a NUL character');
        return `${name}=${quote(value)}\n`;
      })
      .join('');
  },
};
