import { QuixError } from 'quix-streams-auth';
import { hmacOf, scramKeys, type SaslLogin, type ScramHash } from './scram-keys.ts';

/** IANA names of the mechanisms that {@link saslLogin} implements. */
export const SUPPORTED_MECHANISMS: readonly string[] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];

/** The broker's reply to a SASL message. */
export interface SaslReply {
  readonly authBytes: Buffer;
}

/** Sends a SASL message and resolves to the reply. Rejects if the broker refuses the login. */
export type SaslSend<Reply extends SaslReply = SaslReply> = (message: Buffer) => Promise<Reply>;

/** Minimum of RFC 7677. */
const MIN_ITERATIONS = 4_096;
/** Prevents a server from keeping the processor busy. */
const MAX_ITERATIONS = 1_000_000;

/**
 * Logs in to a broker. With SCRAM, the broker must also prove that it knows the password.
 *
 * @param mechanism - One of {@link SUPPORTED_MECHANISMS}.
 * @returns The last reply of the broker
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
  return await scramLogin(mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512', login, send);
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

/** Implements RFC 5802 as Kafka does, without channel binding and SASLprep. */
async function scramLogin<Reply extends SaslReply>(
  hash: ScramHash,
  login: SaslLogin,
  send: SaslSend<Reply>,
): Promise<Reply> {
  // A static import would make importing the adapter slower.
  const crypto = process.getBuiltinModule('node:crypto');
  const nonce = crypto.randomBytes(24).toString('base64url');
  const name = login.username.replaceAll('=', '=3D').replaceAll(',', '=2C');
  const clientFirst = `n=${name},r=${nonce}`;
  const serverFirst = await send(Buffer.from(`n,,${clientFirst}`));

  const { r: serverNonce = '', s: salt = '', i } = parseAttributes(serverFirst);
  const iterations = Number(i);
  if (!serverNonce.startsWith(nonce) || serverNonce.length === nonce.length) {
    throw protocolError('does not extend the nonce of the client');
  }
  if (Buffer.from(salt, 'base64').length === 0) throw protocolError('has no salt');
  if (!(iterations >= MIN_ITERATIONS && iterations <= MAX_ITERATIONS)) {
    throw protocolError(
      `requires an iteration count outside ${MIN_ITERATIONS} to ${MAX_ITERATIONS}`,
    );
  }

  const { clientKey, storedKey, serverKey } = await scramKeys(login, { hash, salt, iterations });
  const hmac = hmacOf(hash);
  const withoutProof = `c=biws,r=${serverNonce}`; // "biws" is "n,," in Base64
  const authMessage = `${clientFirst},${serverFirst.authBytes.toString('utf8')},${withoutProof}`;
  const signature = hmac(storedKey, authMessage);
  const proof = Buffer.from(clientKey);
  for (const [index, byte] of signature.entries()) proof[index] = (proof[index] ?? 0) ^ byte;
  const serverFinal = await send(Buffer.from(`${withoutProof},p=${proof.toString('base64')}`));
  const expected = hmac(serverKey, authMessage);
  const received = Buffer.from(parseAttributes(serverFinal)['v'] ?? '', 'base64');
  if (received.length !== expected.length || !crypto.timingSafeEqual(received, expected)) {
    throw protocolError('does not prove that the broker knows the password');
  }
  return serverFinal;
}
