import { expect, it } from 'vitest';
import { randomSecret } from './leaks.ts';
import { describeHits, fingerprintOf, Sentinel } from './sentinel.ts';

it('finds a recorded secret once and forgets the outputs after each search', () => {
  const sentinel = new Sentinel();
  const secret = randomSecret();
  sentinel.addSecret(secret);
  sentinel.record('a log line', 'nothing');
  expect(sentinel.search()).toEqual({ hits: [], searched: { secrets: 1, outputs: 1 } });
  sentinel.record('a log line', secret);
  expect(sentinel.search().hits.map(({ where }) => where)).toEqual(['a log line']);
  expect(sentinel.search().hits).toEqual([]);
});

it('names the output and the fingerprint of a secret, but not the secret', () => {
  const sentinel = new Sentinel();
  const secret = randomSecret();
  sentinel.addSecret(secret);
  sentinel.record('console.log', { nested: [`token: ${secret}`] });
  const { hits } = sentinel.search();
  expect(hits).toEqual([{ where: 'console.log', fingerprint: fingerprintOf(secret) }]);
  const text = describeHits(hits);
  expect(text).toContain('console.log');
  expect(text).toContain(fingerprintOf(secret));
  expect(sentinel.isRevealedBy(text)).toBe(false);
});

it('recognises a text that reveals a part of a secret', () => {
  const sentinel = new Sentinel();
  const secret = randomSecret();
  sentinel.addSecret(secret);
  expect(sentinel.isRevealedBy(`token: ${secret.slice(6, 20)}`)).toBe(true);
  expect(sentinel.isRevealedBy(randomSecret())).toBe(false);
});

it('forgets the oldest secrets and keeps the newest', () => {
  const sentinel = new Sentinel();
  const secrets = Array.from({ length: 400 }, () => randomSecret());
  for (const secret of secrets) sentinel.addSecret(secret);
  expect(sentinel.search().searched.secrets).toBe(400);
  sentinel.record('the oldest', secrets.at(0));
  sentinel.record('the newest', secrets.at(-1));
  expect(sentinel.search().hits.map(({ where }) => where)).toEqual(['the newest']);
});
