import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isConnectionLost, toTransportError } from '../../src/portal/transport-error.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';

const coded = (code: string, cause?: unknown): Error =>
  Object.assign(new Error(`about ${code}`, { cause }), { code });
const convert = (error: unknown) => toTransportError(error, 'portal.example:8443', undefined);

describe('toTransportError', () => {
  it.each([
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'HOSTNAME_MISMATCH',
    'INVALID_CA',
    'INVALID_PURPOSE',
    'PATH_LENGTH_EXCEEDED',
    'EPROTO',
  ])('turns %s into QUIX_PORTAL_TLS, which is not retried', (code) => {
    const error = convert(coded(code));
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_TLS', retryable: false, cause: { code } });
    expect(error.summary).toMatch(new RegExp(`portal\\.example:8443 .*\\(${code}\\)`));
    expect(error.hint).toMatch(/`ca`.*NODE_EXTRA_CA_CERTS/);
    expect(error.message).not.toMatch(/reject_?unauthorized|disable/i);
  });

  it('does not retry a request that Deno does not allow', () => {
    const error = convert(Object.assign(new Error('net access'), { name: 'NotCapable' }));
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: false });
    expect(error.hint).toContain('--allow-net');
  });

  it.each(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG'])(
    'does not blame a certificate authority for %s',
    (code) => {
      const error = convert(coded(code));
      expect(error).toMatchObject({ code: 'QUIX_PORTAL_TLS', retryable: false });
      expect(error.hint).toContain('does not speak TLS');
      expect(error.hint).not.toContain('authority');
    },
  );

  it.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'EPIPE',
    'UND_ERR_CONNECT_TIMEOUT',
    'UND_ERR_HEADERS_TIMEOUT',
    'UND_ERR_SOCKET',
    'HPE_INVALID_HEADER_TOKEN',
    'NOT_CERT_',
  ])('turns %s into QUIX_PORTAL_UNAVAILABLE, which is retried', (code) => {
    const error = convert(coded(code));
    expect(error).toMatchObject({
      code: 'QUIX_PORTAL_UNAVAILABLE',
      retryable: true,
      cause: { code },
    });
    expect(error.summary).toMatch(new RegExp(`portal\\.example:8443 .*\\(${code}\\)`));
  });

  it.each([
    ['ENOTFOUND', /host name.*DNS/],
    ['EAI_AGAIN', /DNS/],
    ['ECONNREFUSED', /Portal URL.*firewall/],
    ['ETIMEDOUT', /network/],
  ])('gives a hint for %s that matches %s', (code, hint) => {
    expect(convert(coded(code)).hint).toMatch(hint);
  });

  it('gives a hint to check the Portal URL when the server does not speak HTTP', () => {
    const error = Object.assign(new Error('x'), { name: 'HTTPParserError' });
    expect(convert(error).hint).toMatch(/HTTP.*Portal URL/);
  });

  it('adds no code to an error that has none', () => {
    expect(convert(new Error('x')).cause).not.toHaveProperty('code');
  });

  it('finds a code in a chain of causes', () => {
    const error = convert(
      new TypeError('fetch failed', { cause: new Error('x', { cause: coded('ENOTFOUND') }) }),
    );
    expect(error.message).toContain('(ENOTFOUND)');
    expect(error.cause).toMatchObject({ name: 'TypeError', code: 'ENOTFOUND' });
  });

  it('prefers the code of a cause to the general code of undici', () => {
    expect(convert(coded('UND_ERR', coded('CERT_HAS_EXPIRED'))).code).toBe('QUIX_PORTAL_TLS');
  });

  it('finds the code of the first of several connection attempts', () => {
    const error = convert(new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')]));
    expect(error.message).toContain('(ECONNREFUSED)');
  });

  it('names the class of an error without a code, and does not follow circular causes forever', () => {
    const circle = new RangeError('x');
    circle.cause = circle;
    expect(convert(circle).message).toContain('(RangeError)');
    expect(convert('text').message).toContain('(Error)');
    expect(convert(undefined).message).toContain('(Error)');
    expect(convert(new AggregateError([])).message).toContain('(AggregateError)');
  });

  it('names the variable of the proxy for both codes', () => {
    for (const code of ['ECONNREFUSED', 'CERT_HAS_EXPIRED'])
      expect(toTransportError(coded(code), 'h', 'HTTPS_PROXY').summary).toMatch(
        new RegExp(`\\bh .*proxy .*HTTPS_PROXY.*\\(${code}\\)`),
      );
    expect(convert(coded('ECONNREFUSED')).message).not.toContain('proxy');
  });

  it('keeps only the name and the code of the original error', () => {
    const secret = randomSecret();
    const foreign = Object.assign(new Error(secret, { cause: coded('EPIPE', secret) }), {
      name: secret,
      data: secret,
      [secret]: true,
    });
    expectNoLeak(convert(foreign), [secret]);
    expectNoLeak(convert(Object.assign(new Error('x'), { code: secret.toUpperCase() })), [secret]);
  });

  it('accepts any thrown value', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (thrown) => {
        const error = convert(thrown);
        expect(error.code).toMatch(/^QUIX_PORTAL_(?:UNAVAILABLE|TLS)$/);
      }),
    );
  });
});

describe('isConnectionLost', () => {
  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])(
    'returns true for the cause of a transport error with %s, also in a cause',
    (code) => {
      expect(isConnectionLost(convert(coded(code)).cause)).toBe(true);
      expect(isConnectionLost(convert(new Error('x', { cause: coded(code) })).cause)).toBe(true);
    },
  );

  it.each(['ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_HEADERS_TIMEOUT', 'CERT_HAS_EXPIRED'])(
    'returns false for %s',
    (code) => {
      expect(isConnectionLost(coded(code))).toBe(false);
    },
  );

  it('returns false for an error without a code and for undefined', () => {
    expect(isConnectionLost(undefined)).toBe(false);
    expect(isConnectionLost(new Error('x'))).toBe(false);
  });
});
