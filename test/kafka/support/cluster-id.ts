import { randomBytes } from 'node:crypto';

/**
 * Returns a cluster id: 16 bytes in URL-safe base64. A leading dash would be read as an option by
 * Kafka's tool.
 */
export function randomClusterId(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8(bytes.readUInt8(0) & 0x7f, 0);
  return bytes.toString('base64url');
}
