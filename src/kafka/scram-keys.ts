import type { SaslLogin } from './sasl-login.ts';

/** Node's name of the hash of a SCRAM mechanism. */
export type ScramHash = 'sha256' | 'sha512';

/** How a server has the password of a user stored. */
export interface ScramStorage {
  readonly hash: ScramHash;
  /** As the server sends it, in Base64. */
  readonly salt: string;
  readonly iterations: number;
}

/** What a client needs of the password for a login; RFC 5802, section 3. */
export interface ScramKeys {
  readonly clientKey: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

interface Derived extends ScramStorage {
  readonly keys: Promise<ScramKeys>;
}

/** Gone with the credentials that they were derived from. */
const derived = new WeakMap<SaslLogin, Derived>();

/**
 * The keys of a password as a server has it stored. Deriving them is most of a login's work, some
 * milliseconds of a processor on purpose, and every broker of a cluster has the same salt: they are
 * derived once for each snapshot of credentials, as RFC 5802, section 5.1 lets a client do. With
 * them one can log in where this salt is in use, as with the password, which the snapshot holds itself.
 */
export function scramKeys(login: SaslLogin, storage: ScramStorage): Promise<ScramKeys> {
  const { hash, salt, iterations } = storage;
  const known = derived.get(login);
  if (known?.hash === hash && known.salt === salt && known.iterations === iterations) {
    return known.keys;
  }
  const keys = deriveKeys(login.password, storage);
  const entry: Derived = { hash, salt, iterations, keys };
  derived.set(login, entry);
  keys.catch(() => {
    if (derived.get(login) === entry) derived.delete(login);
  });
  return keys;
}

async function deriveKeys(
  password: string,
  { hash, salt, iterations }: ScramStorage,
): Promise<ScramKeys> {
  const crypto = process.getBuiltinModule('node:crypto');
  const { promisify } = process.getBuiltinModule('node:util');
  const hmac = (key: Buffer, text: string): Buffer =>
    crypto.createHmac(hash, key).update(text).digest();
  const salted = await promisify(crypto.pbkdf2)(
    password,
    Buffer.from(salt, 'base64'),
    iterations,
    hash === 'sha256' ? 32 : 64,
    hash,
  );
  const clientKey = hmac(salted, 'Client Key');
  return {
    clientKey,
    storedKey: crypto.createHash(hash).update(clientKey).digest(),
    serverKey: hmac(salted, 'Server Key'),
  };
}
