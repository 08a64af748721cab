import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';

/** Little-endian fields of two bytes, or of four where the pair says so. */
function fields(...values: readonly (number | readonly [four: number])[]): Buffer {
  return Buffer.concat(
    values.map((value) => {
      const isLong = typeof value !== 'number';
      const bytes = Buffer.alloc(isLong ? 4 : 2);
      if (isLong) bytes.writeUInt32LE(value[0]);
      else bytes.writeUInt16LE(value);
      return bytes;
    }),
  );
}

const VERSION = 20;
/** 1980-01-01, the first day that the format knows. */
const FIRST_DAY = 0x21;

/** A zip archive of one file, stored and not compressed (PKWARE's APPNOTE.TXT, 4.3). */
export function zipOneFile(name: string, text: string): Uint8Array<ArrayBuffer> {
  const file = Buffer.from(text);
  const path = Buffer.from(name);
  const size = [file.length] as const;
  const common = fields(VERSION, 0, 0, 0, FIRST_DAY, [crc32(file)], size, size, path.length, 0);
  const local = Buffer.concat([fields([0x04034b50]), common, path, file]);
  const central = Buffer.concat([
    fields([0x02014b50], VERSION),
    common,
    fields(0, 0, 0, [0], [0]),
    path,
  ]);
  const end = fields([0x06054b50], 0, 0, 1, 1, [central.length], [local.length], 0);
  return new Uint8Array(Buffer.concat([local, central, end]));
}
