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
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'HOSTNAME_MISMATCH',
    'INVALID_CA',
    'INVALID_PURPOSE',
    'PATH_LENGTH_EXCEEDED',
    'EPROTO',
  ])('takes %s for TLS trouble, which no retry will end', (code) => {
    const error = convert(coded(code));
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_TLS', retryable: false, cause: { code } });
    expect(error.message).toContain(`portal.example:8443 (${code})`);
    expect(error.hint).toContain('NODE_EXTRA_CA_CERTS');
    expect(error.message).not.toMatch(/reject_?unauthorized|disable/i);
  });

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
  ])('takes %s for the network, which may recover', (code) => {
    const error = convert(coded(code));
    expect(error).toMatchObject({
      code: 'QUIX_PORTAL_UNAVAILABLE',
      retryable: true,
      cause: { code },
    });
    expect(error.message).toContain(
      `The Portal at portal.example:8443 could not be reached (${code})`,
    );
  });

  it.each([
    ['ENOTFOUND', 'Check the host name in the Portal URL, and DNS.'],
    ['EAI_AGAIN', 'Check DNS on this machine.'],
    ['ECONNREFUSED', 'Check the Portal URL, and that nothing between blocks it.'],
    ['ETIMEDOUT', 'Check the network between here and there.'],
  ])('says what to check after %s', (code, hint) => {
    expect(convert(coded(code)).hint).toBe(hint);
  });

  it('adds no code to an error that has none', () => {
    expect(convert(new Error('x')).cause).not.toHaveProperty('code');
  });

  it('finds the code that is deep in a chain of causes', () => {
    const error = convert(
      new TypeError('fetch failed', { cause: new Error('x', { cause: coded('ENOTFOUND') }) }),
    );
    expect(error.message).toContain('(ENOTFOUND)');
    expect(error.cause).toMatchObject({ name: 'TypeError', code: 'ENOTFOUND' });
  });

  it("prefers a cause's code to undici's general one", () => {
    expect(convert(coded('UND_ERR', coded('CERT_HAS_EXPIRED'))).code).toBe('QUIX_PORTAL_TLS');
  });

  it('finds the code of the first of several attempts to connect', () => {
    const error = convert(new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')]));
    expect(error.message).toContain('(ECONNREFUSED)');
  });

  it('names the error where there is no code, and does not follow causes in circles', () => {
    const circle = new RangeError('x');
    circle.cause = circle;
    expect(convert(circle).message).toContain('(RangeError)');
    expect(convert('text').message).toContain('(Error)');
    expect(convert(undefined).message).toContain('(Error)');
    expect(convert(new AggregateError([])).message).toContain('(AggregateError)');
  });

  it('names the variable of the proxy on the way, for TLS trouble as well', () => {
    for (const code of ['ECONNREFUSED', 'CERT_HAS_EXPIRED'])
      expect(toTransportError(coded(code), 'h', 'HTTPS_PROXY').message).toContain(
        `h${code === 'ECONNREFUSED' ? ' could not be reached' : ''} through the proxy from HTTPS_PROXY (${code})`,
      );
  });

  it('keeps nothing of a foreign error but its name and code', () => {
    const secret = randomSecret();
    const foreign = Object.assign(new Error(secret, { cause: coded('EPIPE', secret) }), {
      name: secret,
      data: secret,
      [secret]: true,
    });
    expectNoLeak(convert(foreign), [secret]);
    expectNoLeak(convert(Object.assign(new Error('x'), { code: secret.toUpperCase() })), [secret]);
  });

  it('takes whatever is thrown', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (thrown) => {
        const error = convert(thrown);
        expect(error.code).toMatch(/^QUIX_PORTAL_(?:UNAVAILABLE|TLS)$/);
      }),
    );
  });
});

describe('isConnectionLost', () => {
  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])('is true of %s, deep down too', (code) => {
    expect(isConnectionLost(coded(code))).toBe(true);
    expect(isConnectionLost(new Error('x', { cause: coded(code) }))).toBe(true);
  });

  it.each(['ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_HEADERS_TIMEOUT', 'CERT_HAS_EXPIRED'])(
    'is false of %s',
    (code) => {
      expect(isConnectionLost(coded(code))).toBe(false);
    },
  );

  it('is false of no error', () => {
    expect(isConnectionLost(undefined)).toBe(false);
    expect(isConnectionLost(new Error('x'))).toBe(false);
  });
});
