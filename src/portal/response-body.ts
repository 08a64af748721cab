import type * as Zlib from 'node:zlib';
import { errorCode } from '../sanitize-error.ts';

/**
 * Limit for a response body before and after decompression, in bytes. 5 000 topics or workspaces
 * need about 4 MB. The limit keeps a response from using up the memory of the process.
 */
export const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** Reason why the text of a response body is not available. */
export interface BodyProblem {
  readonly description: string;
  readonly hint: string;
  /** Whether another attempt may succeed. */
  readonly retryable: boolean;
}

/** The text of a response body. If `text` is `undefined`, `problem` contains the reason. */
export interface DecodedBody {
  readonly text: string | undefined;
  readonly problem?: BodyProblem;
}

export const TOO_LONG: DecodedBody = {
  text: undefined,
  problem: {
    description: `the body is longer than the limit of ${MAX_BODY_BYTES} bytes`,
    hint: 'Check the Portal URL. If the URL is correct, report the limit as an issue of quix-streams-auth.',
    retryable: false,
  },
};

type Decode = (zlib: typeof Zlib, body: Buffer, options: Zlib.ZlibOptions) => Buffer;

const gunzip: Decode = (zlib, body, options) => zlib.gunzipSync(body, options);
const DECODERS = new Map<string, Decode>([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  ['br', (zlib, body, options) => zlib.brotliDecompressSync(body, options)],
  [
    'deflate',
    (zlib, body, options) => {
      // Some servers omit the header of the zlib format.
      const hasHeader =
        body.length > 1 && body.readUInt8() % 16 === 8 && body.readUInt16BE() % 31 === 0;
      return hasHeader ? zlib.inflateSync(body, options) : zlib.inflateRawSync(body, options);
    },
  ],
]);

/**
 * Decodes the body of a response. The client asks for uncompressed responses, but a proxy may
 * compress them anyway.
 */
export function decodeBody(
  body: Buffer,
  contentEncoding: string | string[] | undefined,
): DecodedBody {
  const encodings = [contentEncoding ?? []]
    .flat()
    .flatMap((value) => value.toLowerCase().split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '' && value !== 'identity');
  let decoded = body;
  // The encoding that was applied last is removed first.
  for (const encoding of encodings.reverse()) {
    if (decoded.length === 0) break; // zlib rejects an empty body
    const decode = DECODERS.get(encoding);
    if (!decode) {
      const description = `the body has the unsupported content encoding "${encoding}"`;
      const hint =
        'Configure the proxy or the server to obey the header "Accept-Encoding: identity".';
      return { text: undefined, problem: { description, hint, retryable: false } };
    }
    try {
      const zlib = process.getBuiltinModule('node:zlib');
      decoded = decode(zlib, decoded, { maxOutputLength: MAX_BODY_BYTES });
    } catch (error) {
      if (errorCode(error) === 'ERR_BUFFER_TOO_LARGE') return TOO_LONG;
      const description = `the body could not be decompressed (${encoding})`;
      const hint = 'The response was damaged or cut off. Try again.';
      return { text: undefined, problem: { description, hint, retryable: true } };
    }
  }
  return { text: decoded.toString('utf8') };
}
