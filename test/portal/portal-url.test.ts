import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QuixError } from 'quix-streams-auth';
import {
  DEFAULT_PORTAL_API,
  isLoopback,
  parsePortalUrl,
  PORTAL_VARIABLE,
  portalPath,
} from '../../src/portal/portal-url.ts';
import { codeOf, errorThrown } from '../support/errors.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';

const parse = (text: string): string => parsePortalUrl(text, 'the test').href;

function problemOf(text: string): string {
  try {
    return `no problem: ${parse(text)}`;
  } catch (error) {
    if (error instanceof QuixError && error.code === 'QUIX_CONFIG') return error.message;
    throw error;
  }
}

it('uses the default Portal and the variable that Quix documents', () => {
  expect(DEFAULT_PORTAL_API).toBe('https://portal-api.cloud.quix.io');
  expect(PORTAL_VARIABLE).toBe('Quix__Portal__Api');
});

describe('parsePortalUrl', () => {
  it.each([
    ['https://portal-api.cloud.quix.io', 'https://portal-api.cloud.quix.io/'],
    ['https://portal-api.cloud.quix.io/', 'https://portal-api.cloud.quix.io/'],
    ['https://portal-api.cloud.quix.io///', 'https://portal-api.cloud.quix.io/'],
    ['  https://portal.example\r\n', 'https://portal.example/'],
    ['HTTPS://Portal.EXAMPLE:443/', 'https://portal.example/'],
    ['https://portal.example:8443/Base/v2//', 'https://portal.example:8443/Base/v2'],
    ['https://portal.example/a/./b/../c', 'https://portal.example/a/c'],
    ['https://10.0.0.5', 'https://10.0.0.5/'],
    ['https://[2001:db8::1]:8443', 'https://[2001:db8::1]:8443/'],
    ['https://xn--bcher-kva.example', 'https://xn--bcher-kva.example/'],
  ])('parses %j as %s', (text, href) => {
    expect(parse(text)).toBe(href);
  });

  it.each([
    'http://localhost',
    'http://LOCALHOST:8080/base',
    'http://127.0.0.1:1234',
    'http://127.1',
    'http://127.0.0.1.',
    'http://127.255.0.3',
    'http://0x7f.1',
    'http://2130706433',
    'http://[::1]:80',
    'http://[0:0:0:0:0:0:0:1]',
  ])('accepts %s, because a loopback address needs no TLS', (text) => {
    expect(new URL(parse(text)).protocol).toBe('http:');
  });

  it.each([
    'http://portal.example',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'http://evil.example/localhost',
    'http://notlocalhost',
    'http://localhost.',
    'http://128.0.0.1',
    'http://0.0.0.0',
    'http://10.0.0.1',
    'http://[::2]',
    'http://[::ffff:127.0.0.1]',
  ])('does not accept %s, because the token would cross the network unencrypted', (text) => {
    expect(problemOf(text)).toMatch(/ http .*https/);
  });

  it.each([
    ['portal-api.cloud.quix.io', 'no scheme'],
    ['//portal.example', 'no scheme'],
    ['localhost:8080', 'no scheme'],
    ['https:portal.example', 'no scheme'],
    ['https:/portal.example', 'no scheme'],
    ['a_b://portal.example', 'no scheme'],
    ['1https://portal.example', 'no scheme'],
    ['ftp://portal.example', 'neither https nor http'],
    ['wss://portal.example', 'neither https nor http'],
    ['file:///etc/passwd', 'neither https nor http'],
    ['https://', 'not a valid URL'],
    ['https://portal.example:99999', 'not a valid URL'],
    ['https://portal .example', 'white space'],
    ['https://portal.example/a b', 'white space'],
    ['https://portal.\texample', 'white space'],
    ['https://portal.example/\npath', 'white space'],
    ['https:\\\\portal.example', 'backslash'],
    ['https://portal.example\\@evil.example', 'backslash'],
    ['https://pörtal.example', 'non-ASCII'],
    ['https://portal\u200b.example', 'non-ASCII'],
    ['https://portal.example?a=b', 'query or a fragment'],
    ['https://portal.example/?', 'query or a fragment'],
    ['https://portal.example/#', 'query or a fragment'],
    ['https://user@portal.example', 'user name or password'],
    ['https://:pw@portal.example', 'user name or password'],
    ['http://user:pw@localhost', 'user name or password'],
  ])('names the problem of %j: %s', (text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });

  it.each([
    ['portal.example', /https:\/\//],
    ['https://', /https:\/\/portal-api\.cloud\.quix\.io.*base path/],
    ['https://user@portal.example', /Remove.*token/],
    ['https://portal.example?a=b', /Remove/],
    ['http://portal.example', /https.*unencrypted/],
  ])('gives a hint for %j that matches %s', (text, hint) => {
    expect(errorThrown(() => parse(text)).hint).toMatch(hint);
  });

  it('names the source of the URL, and quotes nothing of it', () => {
    const secret = randomSecret('');
    for (const text of [
      `https://user:${secret}@portal.example`,
      `https://${secret}@portal.example`,
      `https://portal.example/?token=${secret}`,
      `https://portal.example#${secret}`,
      `http://${secret}.example`,
      `${secret}.example`,
      `ftp://user:${secret}@portal.example`,
      `https://user:${secret}@portal.example:99999`,
      `https://user:${secret}@ portal`,
    ]) {
      const error = errorThrown(() => parsePortalUrl(text, 'Quix__Portal__Api'));
      expect(error.message).toContain('Quix__Portal__Api');
      expectNoLeak(error, [secret]);
    }
  });

  it('either throws QUIX_CONFIG or returns a safe URL in its normal form', () => {
    const hosts = fc.constantFrom('localhost', '127.1', '[::1]', 'a.example:1', 'x@b.example');
    const urls = fc
      .tuple(
        fc.constantFrom('https://', 'http://', 'HTTP://', 'https:/', ''),
        fc.oneof(hosts, fc.ipV4(), fc.string()),
        fc.oneof(fc.string(), fc.constantFrom('', '/', '//', '/a/', '?a', '#b')),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(urls, fc.string()), (text) => {
        let url: URL;
        try {
          url = parsePortalUrl(text, 'x');
        } catch (error) {
          expect(codeOf(error)).toBe('QUIX_CONFIG');
          return;
        }
        expect(url.protocol === 'https:' || isLoopback(url.hostname)).toBe(true);
        expect(`${url.username}${url.password}${url.search}${url.hash}`).toBe('');
        expect(url.pathname === '/' || !url.pathname.endsWith('/')).toBe(true);
        expect(parsePortalUrl(url.href, 'x').href).toBe(url.href);
      }),
      { numRuns: 150 },
    );
  });

  it('never quotes a secret, wherever it is in the URL', () => {
    const secret = randomSecret('pw-');
    const frames = fc.constantFrom<[string, string]>(
      ['https://user:', '@portal.example'],
      ['https://', '@portal.example/base'],
      ['https://portal.example/?token=', ''],
      ['https://portal.example/#', ''],
      ['http://portal.example/', ''],
      ['ftp://portal.example/', ''],
      ['', ''],
      ['https://portal.example/ ', '\\'],
    );
    fc.assert(
      fc.property(frames, fc.string(), fc.string(), ([before, after], left, right) => {
        try {
          parsePortalUrl(before + left + secret + right + after, 'x');
        } catch (error) {
          expect(codeOf(error)).toBe('QUIX_CONFIG');
          expectNoLeak(error, [secret]);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('portalPath', () => {
  const path = (base: string, ...segments: string[]): string =>
    portalPath(parsePortalUrl(base, 'x'), segments);

  it.each([
    ['https://portal.example', '/workspaces/w'],
    ['https://portal.example/', '/workspaces/w'],
    ['https://portal.example/base', '/base/workspaces/w'],
    ['https://portal.example/base/v2/', '/base/v2/workspaces/w'],
  ])('keeps the base path of %s', (base, expected) => {
    expect(path(base, 'workspaces', 'w')).toBe(expected);
  });

  it('accepts a URL with a slash at its end', () => {
    expect(portalPath(new URL('https://portal.example/base/'), ['a'])).toBe('/base/a');
  });

  it.each(['', '.', '..', '\ud800', 'a\udfff'])(
    'does not accept the segment %j, which would lead to another endpoint',
    (segment) => {
      expect(codeOf(() => path('https://portal.example', 'workspaces', segment))).toBe(
        'QUIX_CONFIG',
      );
    },
  );

  it('gives a hint to check the workspace and the topic', () => {
    expect(errorThrown(() => path('https://portal.example', '..'))).toMatchObject({
      summary: expect.stringContaining('URL') as string,
      hint: expect.stringMatching(/workspace.*topic/) as string,
    });
  });

  it('appends the encoded query', () => {
    const base = new URL('https://portal.example/base');
    expect(portalPath(base, ['a'], { b: 'c d', e: '&' })).toBe('/base/a?b=c+d&e=%26');
  });

  it('returns a path that decodes to the same segments, whatever they contain', () => {
    const delimiters = fc.stringMatching(/^[/?#&=+%.;:@\\ ~!$'()*,[\]a]{1,5}$/);
    const segment = fc
      .oneof(delimiters, fc.string({ unit: 'binary', minLength: 1 }))
      .filter((text) => !/^\.{1,2}$|\p{Surrogate}/u.test(text));
    const bases = fc.constantFrom('https://portal.example', 'https://portal.example/a/b');
    fc.assert(
      fc.property(bases, fc.array(segment, { minLength: 1, maxLength: 4 }), (base, segments) => {
        const built = path(base, ...segments);
        expect(built).toMatch(/^[\x21-\x7e]+$/);
        const { pathname, search, hash, origin } = new URL(built, base);
        expect({ pathname, search, hash, origin }).toEqual({
          pathname: built,
          search: '',
          hash: '',
          origin: 'https://portal.example',
        });
        const below = pathname.slice(base.endsWith('/b') ? '/a/b/'.length : 1);
        expect(below.split('/').map(decodeURIComponent)).toEqual(segments);
      }),
    );
  });
});

describe('isLoopback', () => {
  it('accepts only the exact names', () => {
    for (const host of ['localhost', '[::1]', '127.0.0.1', '127.9.9.9'])
      expect(isLoopback(host)).toBe(true);
    for (const host of ['localhost.', 'xlocalhost', '::1', '127.0.0', '127.0.0.1.', '1127.0.0.1'])
      expect(isLoopback(host)).toBe(false);
  });
});
