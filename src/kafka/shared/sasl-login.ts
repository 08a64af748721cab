import { QuixError, type BrokerCredentials } from 'quix-streams-auth';

/** IANA names of the mechanisms that {@link saslLogin} implements. */
export const SUPPORTED_MECHANISMS: readonly string[] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];

/** User name and password of one snapshot of the credentials. */
type SaslLogin = Pick<NonNullable<BrokerCredentials['sasl']>, 'username' | 'password'>;

interface SaslReply {
  readonly authBytes: Buffer;
}

/** Sends a SASL message and resolves to the reply. Rejects if the broker refuses the login. */
export type SaslSend<Reply extends SaslReply = SaslReply> = (message: Buffer) => Promise<Reply>;

/** Parameters of the key derivation. The server sends the salt (in Base64) and the iterations. */
export interface ScramParameters {
  readonly hash: 'sha256' | 'sha512';
  readonly salt: string;
  readonly iterations: number;
}

type ScramKeys = ReturnType<typeof deriveKeys>;

/** Minimum of RFC 7677. */
const MIN_ITERATIONS = 4_096;
/** Prevents a server from keeping the processor busy. */
const MAX_ITERATIONS = 100_000;

const keyCache = new WeakMap<SaslLogin, { parameters: string; keys: ScramKeys }>();

/**
 * Logs in to a broker with one of the {@link SUPPORTED_MECHANISMS}, and returns the broker's last
 * reply. With SCRAM (RFC 5802, as Kafka implements it, without channel binding and SASLprep), the
 * broker must also prove that it knows the password.
 *
 * @throws QuixError `QUIX_UNSUPPORTED` if the broker breaks the SCRAM protocol, and the errors of
 * `send`
 */
export async function saslLogin<Reply extends SaslReply>(
  mechanism: string,
  login: SaslLogin,
  send: SaslSend<Reply>,
): Promise<Reply> {
  if (mechanism === 'PLAIN') {
    return await send(Buffer.from(`\0${login.username}\0${login.password}`));
  }
  const hash = mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512';
  // A static import would make importing the adapter slower.
  const crypto = process.getBuiltinModule('node:crypto');
  const nonce = crypto.randomBytes(24).toString('base64url');
  const name = login.username.replaceAll('=', '=3D').replaceAll(',', '=2C');
  const clientFirst = `n=${name},r=${nonce}`;
  const serverFirst = await send(Buffer.from(`n,,${clientFirst}`));

  const { m: extension, r: serverNonce = '', s: salt = '', i = '' } = parseAttributes(serverFirst);
  // RFC 5802 reserves "m" for extensions that a client must understand to log in.
  if (extension !== undefined) throw protocolError('requires an unknown extension');
  // Number() would accept other notations, such as "4096.5" and "0x2000".
  const iterations = /^[1-9]\d*$/.test(i) ? Number(i) : NaN;
  if (!serverNonce.startsWith(nonce) || serverNonce.length === nonce.length) {
    throw protocolError('does not extend the nonce of the client');
  }
  if (Buffer.from(salt, 'base64').length === 0) throw protocolError('has no salt');
  if (!(iterations >= MIN_ITERATIONS && iterations <= MAX_ITERATIONS)) {
    const range = `${MIN_ITERATIONS} to ${MAX_ITERATIONS}`;
    throw protocolError(`requires an iteration count outside ${range}`);
  }

  const { clientKey, storedKey, serverKey } = await scramKeys(login, { hash, salt, iterations });
  const withoutProof = `c=biws,r=${serverNonce}`; // "biws" is "n,," in Base64
  const authMessage = `${clientFirst},${serverFirst.authBytes.toString('utf8')},${withoutProof}`;
  const signature = hmac(hash, storedKey, authMessage);
  const proof = Buffer.from(clientKey);
  for (const [index, byte] of signature.entries()) proof[index] = (proof[index] ?? 0) ^ byte;
  const serverFinal = await send(Buffer.from(`${withoutProof},p=${proof.toString('base64')}`));
  const expected = hmac(hash, serverKey, authMessage);
  const received = Buffer.from(parseAttributes(serverFinal)['v'] ?? '', 'base64');
  if (received.length !== expected.length || !crypto.timingSafeEqual(received, expected)) {
    throw protocolError('does not prove that the broker knows the password');
  }
  return serverFinal;
}

function protocolError(problem: string): QuixError {
  return new QuixError('QUIX_UNSUPPORTED', `The broker's SCRAM message ${problem}.`, {
    hint: 'Check that the broker address belongs to a Kafka broker.',
  });
}

/** Returns the values of a SCRAM message such as `r=…,s=…,i=…` under the keys `r`, `s` and `i`. */
function parseAttributes({ authBytes }: SaslReply): Record<string, string> {
  const parts = authBytes.toString('utf8').split(',');
  return Object.fromEntries(parts.map((part) => [part.charAt(0), part.slice(2)]));
}

/**
 * Derives the keys of a password, which takes several milliseconds. The keys are cached for each
 * `login` object with the parameters that were used last, because all brokers of a cluster send the
 * same parameters. RFC 5802, section 5.1 permits the cache. The keys are as secret as the password.
 */
export function scramKeys(login: SaslLogin, parameters: ScramParameters): ScramKeys {
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

/** Implements RFC 5802, section 3. */
async function deriveKeys(password: string, { hash, salt, iterations }: ScramParameters) {
  const { createHash, pbkdf2 } = process.getBuiltinModule('node:crypto');
  const derive = process.getBuiltinModule('node:util').promisify(pbkdf2);
  const length = hash === 'sha256' ? 32 : 64;
  const salted = await derive(password, Buffer.from(salt, 'base64'), iterations, length, hash);
  const clientKey = hmac(hash, salted, 'Client Key');
  const storedKey = createHash(hash).update(clientKey).digest();
  return { clientKey, storedKey, serverKey: hmac(hash, salted, 'Server Key') };
}

function hmac(hash: ScramParameters['hash'], key: Buffer, text: string): Buffer {
  return process.getBuiltinModule('node:crypto').createHmac(hash, key).update(text).digest();
}
