import { randomBytes } from 'node:crypto';

/** An id as Kafka wants it: 16 bytes in URL-safe base64, never with a dash first, which its tool takes for an option. */
export function randomClusterId(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8(bytes.readUInt8(0) & 0x7f, 0);
  return bytes.toString('base64url');
}
