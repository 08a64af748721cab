import { QuixError } from '../errors.ts';
import type { SupportedMechanism } from './sasl-mechanism.ts';
import { scramKeys, type ScramHash } from './scram-keys.ts';

/** Sends one message of the client and resolves to the server's next one. */
export type SaslSend = (message: Buffer) => Promise<Buffer>;

/** User name and password of one login, from one snapshot. */
export interface SaslLogin {
  readonly username: string;
  readonly password: string;
}

/** RFC 5802 asks for at least 4096 as of RFC 7677; beyond the other end a server only burns CPU. */
const MIN_ITERATIONS = 4_096;
const MAX_ITERATIONS = 1_000_000;

/**
 * Proves to a broker that the password is known, and with SCRAM has the broker prove the same.
 * What the broker refuses is rejected by `send`.
 */
export async function saslLogin(
  mechanism: SupportedMechanism,
  login: SaslLogin,
  send: SaslSend,
): Promise<void> {
  if (mechanism === 'PLAIN') {
    await send(Buffer.from(`\0${login.username}\0${login.password}`));
    return;
  }
  await scramLogin(mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512', login, send);
}

function protocolError(problem: string): QuixError {
  return new QuixError('QUIX_UNSUPPORTED', `The broker's SCRAM message ${problem}.`, {
    hint: 'Check that the broker address leads to a Kafka broker.',
  });
}

/** Attributes of a SCRAM message: `r=…,s=…,i=…`. */
function attribute(message: string, name: string): string | undefined {
  return message
    .split(',')
    .find((part) => part.startsWith(`${name}=`))
    ?.slice(2);
}

/** RFC 5802, as Kafka implements it: no channel binding, no SASLprep. */
async function scramLogin(hash: ScramHash, login: SaslLogin, send: SaslSend): Promise<void> {
  // Loaded here: an import of this adapter does not pay for it.
  const crypto = process.getBuiltinModule('node:crypto');
  const nonce = crypto.randomBytes(24).toString('base64url');
  const name = login.username.replaceAll('=', '=3D').replaceAll(',', '=2C');
  const clientFirst = `n=${name},r=${nonce}`;
  const serverFirst = (await send(Buffer.from(`n,,${clientFirst}`))).toString('utf8');

  const serverNonce = attribute(serverFirst, 'r') ?? '';
  const salt = attribute(serverFirst, 's') ?? '';
  const iterations = Number(attribute(serverFirst, 'i'));
  if (!serverNonce.startsWith(nonce) || serverNonce.length === nonce.length) {
    throw protocolError('does not continue the nonce');
  }
  if (Buffer.from(salt, 'base64').length === 0) throw protocolError('has no salt');
  if (!(iterations >= MIN_ITERATIONS && iterations <= MAX_ITERATIONS)) {
    throw protocolError(
      `asks for an iteration count outside ${MIN_ITERATIONS} to ${MAX_ITERATIONS}`,
    );
  }

  const { clientKey, storedKey, serverKey } = await scramKeys(login, { hash, salt, iterations });
  const hmac = (key: Buffer, text: string): Buffer =>
    crypto.createHmac(hash, key).update(text).digest();
  const withoutProof = `c=biws,r=${serverNonce}`;
  const authMessage = `${clientFirst},${serverFirst},${withoutProof}`;
  const signature = hmac(storedKey, authMessage);
  const proof = Buffer.from(clientKey);
  for (const [index, byte] of signature.entries()) proof[index] = (proof[index] ?? 0) ^ byte;
  const answer = send(Buffer.from(`${withoutProof},p=${proof.toString('base64')}`));
  const expected = hmac(serverKey, authMessage); // while the server checks the proof
  const serverFinal = (await answer).toString('utf8');
  const given = Buffer.from(attribute(serverFinal, 'v') ?? '', 'base64');
  if (given.length !== expected.length || !crypto.timingSafeEqual(given, expected)) {
    throw protocolError(
      'does not prove that the broker knows the password: it may not be the right broker',
    );
  }
}
