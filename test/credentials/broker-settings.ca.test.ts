import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCa } from '../../src/credentials/broker-settings.ts';

// Real certificates, which are part of Node.
const [first = '', second = ''] = rootCertificates;
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const broken = first.replace(/[A-Za-z0-9]{20}\n/, `${'A'.repeat(20)}\n`);

describe('decodeCa()', () => {
  it.each<[string, string, string]>([
    ['the base64 of a PEM', base64(first), `${first}\n`],
    ['the base64 of several', base64(`${first}\n${second}\n`), `${first}\n${second}\n`],
    ['base64 without padding', base64(`${first}\n`).replace(/=+$/, ''), `${first}\n`],
    ['base64 in lines', base64(first).replace(/(.{64})/g, '$1\r\n'), `${first}\n`],
    [
      'base64 without its two padding characters',
      base64(`${first}\n`.padEnd(Math.ceil((first.length + 1) / 3) * 3 + 1)).replace(/=+$/, ''),
      `${first}\n`,
    ],
    ['a bare PEM', first, `${first}\n`],
    ['a bare PEM within other text', `# Private CA\n\n${first}\n\n# end`, `${first}\n`],
    [
      'the certificates of a bundle that contains a private key',
      base64(`${first}\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n${second}`),
      `${first}\n${second}\n`,
    ],
    ['a PEM after a byte order mark', base64(`\uFEFF${first}`), `${first}\n`],
  ])('reads %s', (_, value, pem) => {
    expect(decodeCa(value)).toBe(pem);
  });

  it('replaces other certificate labels of OpenSSL with CERTIFICATE', () => {
    const body = first.replace(/-----[^-]+-----|\n/g, '');
    // OpenSSL appends an empty sequence to a TRUSTED CERTIFICATE.
    const emptySequence = Buffer.from([0x30, 0x00]);
    const trusted = Buffer.concat([Buffer.from(body, 'base64'), emptySequence]).toString('base64');
    const pem = (label: string, text: string): string =>
      `-----BEGIN ${label}-----\n${text}\n-----END ${label}-----\n`;
    const x509 = pem('X509 CERTIFICATE', body);
    for (const value of [x509, base64(x509), pem('TRUSTED CERTIFICATE', trusted)]) {
      expect(decodeCa(value)).toBe(new X509Certificate(first).toString());
    }
    expect(decodeCa(`${x509}${second}`)?.endsWith(`${second}\n`)).toBe(true);
    expect(decodeCa(x509.replace('END X509 ', 'END '))).toBeUndefined();
  });

  it('reads a PEM with the line endings of Windows', () => {
    const pem = decodeCa(base64(first.replaceAll('\n', '\r\n'))) ?? '';
    expect(new X509Certificate(pem).fingerprint256).toBe(new X509Certificate(first).fingerprint256);
  });

  it.each<[string, string]>([
    ['an empty text', ''],
    ['white space', ' \n'],
    ['a text', 'certificate'],
    ['base64 of a text', base64('certificate')],
    ['base64 of bytes', Buffer.alloc(300, 0xf0).toString('base64')],
    ['base64 with a foreign character', `${base64(first).slice(0, 40)}!${base64(first).slice(40)}`],
    ['base64url', base64(first).replaceAll('+', '-').replaceAll('/', '_') + '-_'],
    ['base64 of the wrong length', base64(first).replace(/=*$/, '').padEnd(8_001, 'A')],
    ['base64 with padding within', `AAA=${base64(first)}`],
    ['base64 of base64', base64(base64(first))],
    ['base64 of the certificate alone, without its PEM', first.replace(/-----.*-----|\n/g, '')],
    ['the beginning of a PEM', base64(first.slice(0, 200))],
    ['an empty PEM', base64('-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----')],
    ['a PEM of a text', base64('-----BEGIN CERTIFICATE-----\nQUFB\n-----END CERTIFICATE-----')],
    [
      'one good and one broken certificate',
      base64(`${first}\n${broken.slice(0, 100)}\n-----END CERTIFICATE-----`),
    ],
    ['a private key', base64('-----BEGIN PRIVATE KEY-----\nQUFB\n-----END PRIVATE KEY-----')],
    ['HTML', '<html></html>'],
  ])('returns undefined for %s', (_, value) => {
    expect(decodeCa(value)).toBeUndefined();
  });

  it('returns undefined or a PEM of certificates for any text', () => {
    const pieces = fc.constantFrom(
      first,
      second,
      broken,
      '\n',
      '-----BEGIN CERTIFICATE-----',
      '-----END CERTIFICATE-----',
      'AAAA',
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.base64String(),
      fc.array(pieces, { maxLength: 6 }).map((each) => each.join('')),
    );
    fc.assert(
      fc.property(texts, fc.boolean(), (text, encode) => {
        const pem = decodeCa(encode ? base64(text) : text);
        if (pem === undefined) return;
        for (const block of pem.trimEnd().split(/(?<=-----END CERTIFICATE-----)\n/))
          expect(new X509Certificate(block).subject).toBeDefined();
        expect(decodeCa(base64(pem))).toBe(pem);
      }),
      { numRuns: 25 },
    );
  });

  it('returns the certificates for any text between them and any line length of the base64', () => {
    const certificates = fc.array(fc.constantFrom(...rootCertificates.slice(0, 8)), {
      minLength: 1,
      maxLength: 4,
    });
    const between = fc.stringMatching(/^[a-z0-9 =#.\n]{0,20}$/);
    fc.assert(
      fc.property(certificates, between, fc.integer({ min: 1, max: 76 }), (all, text, width) => {
        const wanted = `${all.join('\n')}\n`;
        const pem = all.map((each) => `${text}\n${each}\n`).join('');
        const wrapped = base64(pem).replace(new RegExp(`.{${width}}`, 'g'), '$&\r\n');
        expect(decodeCa(pem)).toBe(wanted);
        expect(decodeCa(wrapped)).toBe(wanted);
      }),
      { numRuns: 25 },
    );
  });

  it('rejects a long malicious text in less than three seconds', () => {
    for (const unit of [
      '-----BEGIN CERTIFICATE-----',
      '-----BEGIN CERTIFICATE-----A',
      'AAAA',
      '-',
    ]) {
      const text = unit.repeat(Math.floor(300_000 / unit.length));
      const began = performance.now();
      expect(decodeCa(text)).toBeUndefined();
      expect(decodeCa(base64(text))).toBeUndefined();
      expect(performance.now() - began).toBeLessThan(3_000);
    }
  });
});
