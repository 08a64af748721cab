import { librdkafkaProperties, unwritable, type Format } from './format.ts';

/** kcat 1.7 reads lines into a buffer of 512 bytes. */
const MAX_LINE_BYTES = 510;

/** kcat takes a line as it is: there is no escape in it. */
function assertWritable(name: string, value: string): void {
  const fail = (problem: string): never => {
    throw unwritable('kcat', name, problem);
  };
  if (/[\n\r\0]/.test(value)) fail('it has a line break');
  // As isspace() of C has it: what String.trim() removes beyond that, kcat keeps.
  if (/^[ \t\v\f]|[ \t\v\f]$/.test(value)) fail('kcat would drop the white space at its end');
  if (value === '') fail('it is empty');
  if (Buffer.byteLength(`${name}=${value}`) > MAX_LINE_BYTES) {
    fail(`kcat reads lines of up to ${MAX_LINE_BYTES} bytes`);
  }
}

/** For `kcat -F FILE`. */
export const kcat: Format = {
  about: 'a file for kcat -F; a private CA is written to a file beside it',
  needsCaFile: true,
  write: (settings) =>
    Object.entries(librdkafkaProperties(settings))
      .map(([name, value]) => {
        assertWritable(name, value);
        return `${name}=${value}\n`;
      })
      .join(''),
};
