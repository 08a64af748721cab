import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { containsToken } from '../../src/token/contains-token.ts';

/** Not random, because test titles contain the secret, and Stryker identifies a test by its title. */
const secret = 'sdk-0123456789abcdef0123456789abcdef';
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl';

describe('containsToken', () => {
  it.each([
    secret,
    secret.toUpperCase(),
    secret.replace('sdk', 'pat'),
    secret.slice(0, 20),
    ` \n${secret}`,
    `Bearer ${secret}`,
    `bearer ${'x'.repeat(16)}`,
    `"${secret}"`,
    `NAME=${secret}`,
    `NAME_${secret}`,
    `org-project-${secret}`,
    `https://${secret}.example/${secret}`,
    `/run/${secret}/file`,
    `%22${secret}%22`,
    jwt,
    `NAME=${jwt}`,
    `x ${jwt}`,
    'eyJh.eyJ',
    'eyJhbGciOiJkaXIifQ..iv.text.tag',
    'pat-Zk3vQ9x_T2mB7-rL5wYc8Hn1Jd4Gs6Pa',
    'sdk-k3v9q9x1t2m4b7r5w8h6n1j3',
  ])('returns true for %j', (text) => {
    expect(containsToken(text)).toBe(true);
  });

  it('returns true for random tokens of each kind', () => {
    for (let count = 0; count < 200; count++) {
      expect(containsToken(`a sdk-${randomBytes(16).toString('hex')}`)).toBe(true);
      expect(containsToken(`a pat-${randomBytes(64).toString('base64url')}`)).toBe(true);
    }
  });

  it.each([
    'org-project-sdk-environment',
    '/run/secrets/sdk-token',
    '/etc/sdk-credentials-production/token',
    'sdk-telemetry-events',
    'sdk-telemetry-events-v2-europe-west1',
    'sdk-TelemetryEventsV2-Production',
    'pat-Ward1-Bed2-Monitor3-HeartRate',
    'sdk-collector-7d9f8b6c5d-x2x9z',
    'sdk-7d9f8b6c5d-x2x9z',
    'sdk-release-2026-11-30-120000',
    'sdk-20261130120000',
    'sdk-authentication-and-authorization',
    'sdk-internationalization2026',
    'keyJournalEntries.v1',
    'Quix__Sdk__Token',
    'broker1.sdk-cluster.example:9092',
    'The bearer authentication scheme',
    'eyJhbGciOiJIUzI1NiJ9',
    'sdk-',
    'eyJ.',
    '',
    undefined,
    null,
    42,
    [secret],
  ])('returns false for %j', (value) => {
    expect(containsToken(value)).toBe(false);
  });

  it('returns false for random ids', () => {
    for (let count = 0; count < 200; count++) {
      expect(containsToken(`org-${randomUUID()}`)).toBe(false);
      expect(containsToken(randomBytes(16).toString('hex'))).toBe(false);
    }
  });

  it('needs less than a second for a long text that is slow to search', () => {
    for (const unit of ['sdk-', 'sdk-1a', 'eyJ', 'eyJ-', 'Bearer ', '1a']) {
      const text = unit.repeat(Math.floor(32_768 / unit.length));
      const start = performance.now();
      containsToken(text);
      expect(performance.now() - start).toBeLessThan(1_000);
    }
  });
});
