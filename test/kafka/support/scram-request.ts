import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { connect } from 'node:net';

// Encodes AlterUserScramCredentials, version 0 (KIP-554). kafkajs does not support this request.
// Kafka's own tool needs seconds to start a JVM, and a test could not tell when the password
// changes.
const API_KEY = 51;
const REQUEST_TIMEOUT_MS = 5_000;
const ITERATIONS = 4_096; // Kafka's minimum
const MECHANISMS = {
  'SCRAM-SHA-256': { id: 1, hash: 'sha256', bytes: 32 },
  'SCRAM-SHA-512': { id: 2, hash: 'sha512', bytes: 64 },
} as const;

export type ScramMechanism = keyof typeof MECHANISMS;

export interface ScramChange {
  readonly mechanism: ScramMechanism;
  readonly username: string;
  /** `undefined` deletes the user's password. */
  readonly password: string | undefined;
}

const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** Lengths below 128 are a single byte as unsigned varint. */
function compact(value: Buffer): Buffer {
  if (value.length > 126) throw new Error('The name is too long for this encoder.');
  return Buffer.concat([Buffer.from([value.length + 1]), value]);
}

const NO_TAGS = Buffer.from([0]);
const EMPTY_ARRAY = Buffer.from([1]);
const ARRAY_OF_ONE = Buffer.from([2]);

function encode({ mechanism, username, password }: ScramChange): Buffer {
  const { id, hash, bytes } = MECHANISMS[mechanism];
  const header = [int16(API_KEY), int16(0), int32(1), int16(-1), NO_TAGS];
  const user = [compact(Buffer.from(username)), Buffer.from([id])];
  const changes = [];
  if (password === undefined) {
    changes.push(ARRAY_OF_ONE, ...user, NO_TAGS, EMPTY_ARRAY);
  } else {
    const salt = randomBytes(bytes);
    const salted = pbkdf2Sync(password, salt, ITERATIONS, bytes, hash);
    const keys = [int32(ITERATIONS), compact(salt), compact(salted), NO_TAGS];
    changes.push(EMPTY_ARRAY, ARRAY_OF_ONE, ...user, ...keys);
  }
  const request = Buffer.concat([...header, ...changes, NO_TAGS]);
  return Buffer.concat([int32(request.length), request]);
}

/**
 * Returns the offset of the error code: after size, correlation id, tags, throttle time, array
 * length and name.
 */
function errorCodeOf(response: Buffer): number {
  const nameLength = 14;
  return response.readInt16BE(nameLength + response.readUInt8(nameLength));
}

/**
 * Changes, creates or deletes a user's SCRAM password. Resolves when the controller has stored the
 * change.
 */
export async function requestScramChange(broker: string, change: ScramChange): Promise<void> {
  const [host, port] = broker.split(':');
  const socket = connect({ host, port: Number(port), timeout: REQUEST_TIMEOUT_MS });
  socket.on('timeout', () => socket.destroy(new Error(`${broker} did not respond.`)));
  try {
    socket.write(encode(change));
    let response = Buffer.alloc(0);
    for await (const chunk of socket) {
      response = Buffer.concat([response, chunk as Buffer]);
      if (response.length >= 4 && response.length >= 4 + response.readInt32BE(0)) break;
    }
    if (response.length < 4) throw new Error(`${broker} closed the connection.`);
    const code = errorCodeOf(response);
    if (code !== 0) throw new Error(`Kafka refused the change of a SCRAM password: error ${code}.`);
  } finally {
    socket.destroy();
  }
}
