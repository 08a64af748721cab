import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { requireWorkspace, type EndpointCall } from './endpoint.ts';

/**
 * Answers `GET /workspaces/{workspaceId}/certificates` with a zip archive of `ca.cert`, or with 204
 * if the broker has no CA.
 */
export function getCertificates(call: EndpointCall): Response {
  const { ca } = requireWorkspace(call).broker;
  if (!ca) return new Response(null, { status: 204 });
  return new Response(zipFile('ca.cert', ca), { headers: { 'content-type': 'application/zip' } });
}

const ZIP_VERSION = 20;
/** 1980-01-01, the earliest date of the format. */
const ZIP_DATE = 0x21;

/** Returns a zip archive with one uncompressed file (APPNOTE.TXT of PKWARE, section 4.3). */
function zipFile(name: string, text: string): Uint8Array<ArrayBuffer> {
  const file = Buffer.from(text);
  const path = Buffer.from(name);
  const size = uint32(file.length);
  const fileHeader = Buffer.concat([
    uint16(ZIP_VERSION, 0, 0, 0, ZIP_DATE),
    uint32(crc32(file)),
    size, // compressed
    size, // uncompressed
    uint16(path.length, 0),
  ]);
  const localFile = Buffer.concat([uint32(0x04034b50), fileHeader, path, file]);
  const directory = Buffer.concat([
    uint32(0x02014b50),
    uint16(ZIP_VERSION),
    fileHeader,
    uint16(0, 0, 0),
    uint32(0, 0),
    path,
  ]);
  const end = Buffer.concat([
    uint32(0x06054b50),
    uint16(0, 0, 1, 1),
    uint32(directory.length, localFile.length),
    uint16(0),
  ]);
  return new Uint8Array(Buffer.concat([localFile, directory, end]));
}

/** Encodes little-endian fields of two bytes. */
function uint16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt16LE(value, 2 * i);
  return bytes;
}

/** Encodes little-endian fields of four bytes. */
function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32LE(value, 4 * i);
  return bytes;
}
