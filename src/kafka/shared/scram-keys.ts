import type { SaslLogin } from './sasl-login.ts';

/** Node's name for the hash of a SCRAM mechanism. */
export type ScramHash = 'sha256' | 'sha512';

/** How the server stores a user's password. */
export interface ScramStorage {
  readonly hash: ScramHash;
  /** The salt in Base64, as the server sends it. */
  readonly salt: string;
  readonly iterations: number;
}

/** Keys that are derived from the password for a login. See RFC 5802, section 3. */
export interface ScramKeys {
  readonly clientKey: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

const derived = new WeakMap<SaslLogin, { storage: string; keys: Promise<ScramKeys> }>();

/**
 * Derives the keys of a password. The result is cached for each snapshot, as RFC 5802, section 5.1
 * permits: the derivation takes some milliseconds, and all brokers of a cluster use the same salt.
 * The keys are as secret as the password. A failed derivation is not cached.
 */
export function scramKeys(login: SaslLogin, storage: ScramStorage): Promise<ScramKeys> {
  const key = `${storage.hash} ${storage.salt} ${storage.iterations}`;
  const known = derived.get(login);
  if (known?.storage === key) return known.keys;
  const keys = deriveKeys(login.password, storage);
  const entry = { storage: key, keys };
  derived.set(login, entry);
  keys.catch(() => {
    if (derived.get(login) === entry) derived.delete(login);
  });
  return keys;
}

/** Returns the HMAC function of a hash. */
export function hmacOf(hash: ScramHash): (key: Buffer, text: string) => Buffer {
  const { createHmac } = process.getBuiltinModule('node:crypto');
  return (key, text) => createHmac(hash, key).update(text).digest();
}

async function deriveKeys(
  password: string,
  { hash, salt, iterations }: ScramStorage,
): Promise<ScramKeys> {
  const crypto = process.getBuiltinModule('node:crypto');
  const { promisify } = process.getBuiltinModule('node:util');
  const salted = await promisify(crypto.pbkdf2)(
    password,
    Buffer.from(salt, 'base64'),
    iterations,
    hash === 'sha256' ? 32 : 64,
    hash,
  );
  const hmac = hmacOf(hash);
  const clientKey = hmac(salted, 'Client Key');
  return {
    clientKey,
    storedKey: crypto.createHash(hash).update(clientKey).digest(),
    serverKey: hmac(salted, 'Server Key'),
  };
}
