import { createSecureContext } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { TLS_PROPERTIES, toTlsOptions } from '../../src/credentials/tls-options.ts';

const TLS_1_3 = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';

describe('toTlsOptions()', () => {
  it('converts TLS properties, and ignores others', () => {
    const values = Object.fromEntries(TLS_PROPERTIES.map((name) => [name, name]));
    expect(toTlsOptions({ ...values, 'sasl.password': 'x', 'socket.timeout.ms': '1' })).toEqual({
      ca: 'ssl.ca.pem',
      cert: 'ssl.certificate.pem',
      key: 'ssl.key.pem',
      passphrase: 'ssl.key.password',
      ciphers: `${TLS_1_3}:ssl.cipher.suites`,
      ecdhCurve: 'ssl.curves.list',
      sigalgs: 'ssl.sigalgs.list',
    });
    expect(toTlsOptions({})).toEqual({});
  });

  it('returns an object without a prototype, so Node reads no option from Object.prototype', () => {
    for (const properties of [{}, { 'ssl.cipher.suites': 'ECDHE-RSA-AES256-GCM-SHA384' }])
      expect(Object.getPrototypeOf(toTlsOptions(properties))).toBeNull();
  });

  it.each([
    'ECDHE-RSA-AES256-GCM-SHA384,ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES256-GCM-SHA384, ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES256-GCM-SHA384 ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256',
  ])('reads the cipher suites %s, and adds those of TLS 1.3', (list) => {
    const { ciphers } = toTlsOptions({ 'ssl.cipher.suites': list });
    const suites = 'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256';
    expect(ciphers).toBe(`${TLS_1_3}:${suites}`);
    expect(() => createSecureContext({ ciphers })).not.toThrow();
  });

  it('ignores properties of a polluted prototype', () => {
    const polluted = Object.create({ 'ssl.key.pem': 'x' }) as Record<string, string>;
    expect(toTlsOptions(polluted)).toEqual({});
  });
});
