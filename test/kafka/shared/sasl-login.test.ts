import crypto, {
  createHash,
  createHmac,
  pbkdf2Sync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { saslLogin, type SaslSend } from '../../../src/kafka/shared/sasl-login.ts';
import { codeOf, errorOf } from '../../support/errors.ts';

type Hash = 'sha256' | 'sha512';

/** The server's half of RFC 5802. Unlike the client, it knows only the stored keys. */
function scramServer(
  hash: Hash,
  password: string,
  changes: {
    iterations?: number | string;
    extension?: string;
    nonce?: string;
    salt?: string;
    signature?: string;
  } = {},
  salt = randomBytes(16),
) {
  const iterations = changes.iterations ?? 4_096;
  const salted = pbkdf2Sync(password, salt, 4_096, hash === 'sha256' ? 32 : 64, hash);
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
  const storedKey = createHash(hash).update(hmac(salted, 'Client Key')).digest();
  const serverKey = hmac(salted, 'Server Key');
  const seen: string[] = [];
  let first = '';
  const send: SaslSend = (message) => {
    const text = message.toString('utf8');
    seen.push(text);
    if (seen.length === 1) {
      const nonce = /r=([^,]+)/.exec(text)?.[1] ?? '';
      first = `${changes.extension ?? ''}r=${changes.nonce ?? `${nonce}server`},s=${changes.salt ?? salt.toString('base64')},i=${iterations}`;
      return Promise.resolve({ authBytes: Buffer.from(first) });
    }
    const [withoutProof = '', proof = ''] = text.split(',p=');
    const authMessage = `${(seen[0] ?? '').slice(3)},${first},${withoutProof}`;
    const signature = hmac(storedKey, authMessage);
    const clientKey = Buffer.from(
      Buffer.from(proof, 'base64').map((byte, index) => byte ^ (signature[index] ?? 0)),
    );
    if (!timingSafeEqual(createHash(hash).update(clientKey).digest(), storedKey))
      return Promise.reject(new Error('refused'));
    const proofOfServer = changes.signature ?? hmac(serverKey, authMessage).toString('base64');
    return Promise.resolve({ authBytes: Buffer.from(`v=${proofOfServer}`) });
  };
  return { seen, send };
}

const login = { username: 'user', password: 'pencil' };

describe.each([
  ['SCRAM-SHA-256', 'sha256'],
  ['SCRAM-SHA-512', 'sha512'],
] as const)('%s', (mechanism, hash) => {
  it('proves the password to a server that knows only its stored key', async () => {
    const { seen, send } = scramServer(hash, 'pencil');
    await saslLogin(mechanism, login, send);
    expect(seen).toHaveLength(2);
    expect(seen.join()).not.toContain('pencil');
  });

  it('is refused with another password', async () => {
    await expect(saslLogin(mechanism, login, scramServer(hash, 'eraser').send)).rejects.toThrow(
      'refused',
    );
  });

  it('rejects a server that cannot prove that it knows the password', async () => {
    const { send } = scramServer(hash, 'pencil', { signature: randomBytes(32).toString('base64') });
    expect(codeOf(await errorOf(saslLogin(mechanism, login, send)))).toBe('QUIX_UNSUPPORTED');
  });

  it.each([
    ['a nonce that does not extend the nonce of the client', { nonce: 'another' }],
    ['an empty salt', { salt: '' }],
    ['fewer iterations than RFC 7677 permits', { iterations: 1 }],
    ['too many iterations', { iterations: 100_001 }],
    ['a fraction as iteration count', { iterations: '4096.5' }],
    ['a hexadecimal iteration count', { iterations: '0x2000' }],
    ['an extension that a client must understand', { extension: 'm=future,' }],
    ['an iteration count that is not a number', { iterations: NaN }],
  ])('stops before it sends a proof if the server sends %s', async (_, changes) => {
    const { seen, send } = scramServer(hash, 'pencil', changes);
    expect(codeOf(await errorOf(saslLogin(mechanism, login, send)))).toBe('QUIX_UNSUPPORTED');
    expect(seen).toHaveLength(1);
  });
});

it('escapes the separators of SCRAM in a user name', async () => {
  const { seen, send } = scramServer('sha256', 'pencil');
  await saslLogin('SCRAM-SHA-256', { ...login, username: 'a=b,c' }, send);
  expect(seen[0]).toMatch(/^n,,n=a=3Db=2Cc,r=/);
});

it('derives the keys once for several logins with one snapshot', async () => {
  const derive = vi.spyOn(crypto, 'pbkdf2');
  const salt = randomBytes(16);
  const snapshot = { ...login };
  for (let count = 0; count < 3; count++) {
    await saslLogin('SCRAM-SHA-256', snapshot, scramServer('sha256', 'pencil', {}, salt).send);
  }
  expect(derive).toHaveBeenCalledTimes(1);
  await saslLogin('SCRAM-SHA-256', { ...login }, scramServer('sha256', 'pencil', {}, salt).send);
  expect(derive).toHaveBeenCalledTimes(2);
  derive.mockRestore();
});

it('uses a new nonce for each SCRAM login', async () => {
  const nonces = new Set<string | undefined>();
  for (let count = 0; count < 20; count++) {
    const { seen, send } = scramServer('sha256', 'pencil');
    await saslLogin('SCRAM-SHA-256', login, send);
    nonces.add(seen[0]);
  }
  expect(nonces.size).toBe(20);
});

it('sends user name and password in one UTF-8 message with PLAIN', async () => {
  const sent: Buffer[] = [];
  const reply = { authBytes: Buffer.alloc(0) };
  const last = await saslLogin('PLAIN', { username: 'user', password: 'pässword' }, (message) => {
    sent.push(message);
    return Promise.resolve(reply);
  });
  expect(sent).toEqual([Buffer.from('\0user\0pässword')]);
  expect(last).toBe(reply);
});
