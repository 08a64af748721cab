import crypto, { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { scramKeys, type ScramParameters } from '../../../src/kafka/shared/sasl-login.ts';

const login = (password = 'pencil') => ({ username: 'user', password });
const parameters: ScramParameters = { hash: 'sha256', salt: 'c2FsdA==', iterations: 4_096 };

it('derives the keys once for each snapshot, also for concurrent calls', async () => {
  const snapshot = login();
  const [one, other] = [scramKeys(snapshot, parameters), scramKeys(snapshot, { ...parameters })];
  expect(other).toBe(one);
  await one;
  expect(scramKeys(snapshot, parameters)).toBe(one);
});

it.each([
  ['hash', { ...parameters, hash: 'sha512' }],
  ['salt', { ...parameters, salt: 'b3RoZXI=' }],
  ['iteration count', { ...parameters, iterations: 8_192 }],
] as const)('derives other keys for another %s', async (_, another) => {
  const snapshot = login();
  const { storedKey } = await scramKeys(snapshot, parameters);
  const { storedKey: other } = await scramKeys(snapshot, another);
  expect(other).not.toEqual(storedKey);
  expect((await scramKeys(login(), another)).storedKey).toEqual(other);
});

it('derives the keys of a new snapshot from its own password', async () => {
  const { storedKey } = await scramKeys(login(), parameters);
  expect((await scramKeys(login('eraser'), parameters)).storedKey).not.toEqual(storedKey);
  expect((await scramKeys(login(), parameters)).storedKey).toEqual(storedKey);
});

it('returns the keys of RFC 5802, but not the salted password', async () => {
  const keys = await scramKeys(login(), parameters);
  const salted = pbkdf2Sync('pencil', Buffer.from(parameters.salt, 'base64'), 4_096, 32, 'sha256');
  const hmac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const clientKey = hmac('Client Key');
  expect(keys).toEqual({
    clientKey,
    storedKey: createHash('sha256').update(clientKey).digest(),
    serverKey: hmac('Server Key'),
  });
});

it('derives the keys again after a failure', async () => {
  const snapshot = login();
  const derive = vi.spyOn(crypto, 'pbkdf2').mockImplementationOnce((...args: unknown[]) => {
    (args.at(-1) as (error: Error) => void)(new Error('no threads'));
  });
  await expect(scramKeys(snapshot, parameters)).rejects.toThrow('no threads');
  expect((await scramKeys(snapshot, parameters)).clientKey).toHaveLength(32);
  derive.mockRestore();
});
