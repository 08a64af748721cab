/** User name and password of one snapshot of the credentials. */
export interface SaslLogin {
  readonly username: string;
  readonly password: string;
}

/** Node's name for the hash of a SCRAM mechanism. */
export type ScramHash = 'sha256' | 'sha512';

/** Parameters of the key derivation. The server sends the salt and the iterations. */
export interface ScramParameters {
  readonly hash: ScramHash;
  /** In Base64. */
  readonly salt: string;
  readonly iterations: number;
}

/** Keys that are derived from the password for a login. See RFC 5802, section 3. */
export interface ScramKeys {
  readonly clientKey: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

const keyCache = new WeakMap<SaslLogin, { parameters: string; keys: Promise<ScramKeys> }>();

/**
 * Derives the keys of a password. The derivation takes several milliseconds, so the keys are cached
 * for each `login` object with the parameters that were used last. All brokers of a cluster send
 * the same parameters. RFC 5802, section 5.1 permits the cache. The keys are as secret as the
 * password. A failed derivation is not cached.
 */
export function scramKeys(login: SaslLogin, parameters: ScramParameters): Promise<ScramKeys> {
  const cacheKey = `${parameters.hash} ${parameters.salt} ${parameters.iterations}`;
  const cached = keyCache.get(login);
  if (cached?.parameters === cacheKey) return cached.keys;
  const keys = deriveKeys(login.password, parameters);
  const entry = { parameters: cacheKey, keys };
  keyCache.set(login, entry);
  keys.catch(() => {
    if (keyCache.get(login) === entry) keyCache.delete(login);
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
  { hash, salt, iterations }: ScramParameters,
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
