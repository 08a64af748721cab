import { librdkafkaProperties, unwritable, type Format, type Settings } from './format.ts';

/** kcat 1.7 reads lines into a buffer of 512 bytes. */
const MAX_LINE_BYTES = 510;

/** Returns why kcat would read another value. kcat has no escape sequences. */
function findProblem(name: string, value: string): string | undefined {
  if (/[\n\r\0]/.test(value)) return 'it contains a line break';
  // kcat removes the white space of C's isspace(), which is less than String.trim() removes.
  if (/^[ \t\v\f]|[ \t\v\f]$/.test(value)) return 'kcat removes white space at both ends';
  if (value === '') return 'it is empty';
  if (Buffer.byteLength(`${name}=${value}`) <= MAX_LINE_BYTES) return undefined;
  return `kcat reads lines of up to ${MAX_LINE_BYTES} bytes`;
}

/** Format for `kcat -F FILE`. */
export const kcat = {
  about: 'file for kcat -F, with the certificate authority in a file beside it',
  needsCaFile: true,
  write(settings: Settings): string {
    const lines = Object.entries(librdkafkaProperties(settings)).map(([name, value]) => {
      const problem = findProblem(name, value);
      if (problem !== undefined) throw unwritable('kcat', name, problem);
      return `${name}=${value}\n`;
    });
    return lines.join('');
  },
} satisfies Format;
