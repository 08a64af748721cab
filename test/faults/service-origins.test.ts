import { QuixStreamingClient, type QuixClientOptions } from 'quix-streams-auth';
import { describe, expect, it, onTestFinished } from 'vitest';
import { errorOf, errorThrown } from '../support/errors.ts';
import { startService } from '../support/http-service.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

const token = randomSecret();

/** Creates a client that records whether its token was read. */
function create(options: QuixClientOptions) {
  let reads = 0;
  const client = new QuixStreamingClient({
    env: {},
    ...options,
    token: () => {
      reads++;
      return token;
    },
  });
  onTestFinished(() => client.close());
  return { client, reads: () => reads };
}

/** Expects that fetch() refuses a URL before it reads the token. Returns the error. */
async function expectRefused(url: string | URL | Request, options: QuixClientOptions) {
  const { client, reads } = create(options);
  const error = await errorOf(client.fetch(url));
  expect(error.code).toBe('QUIX_CONFIG');
  expect(error.retryable).toBe(false);
  expect(reads()).toBe(0);
  return error;
}

const LISTED = {
  portalApi: 'https://portal-api.example',
  services: ['https://api.example', 'http://lakehouse', 'http://[::1]:8080', 'http://127.0.0.1:81'],
};

describe('fetch() refuses before it reads the token', () => {
  it.each([
    ['another host', 'https://evil.example/', 'https://evil.example'],
    ['a listed host as user name', 'https://api.example@evil.example/', 'https://evil.example'],
    ['the Portal as user name', 'https://portal-api.example:x@evil.example', 'evil.example'],
    ['a backslash before the user name', 'https://evil.example\\@api.example/', 'evil.example'],
    ['another port', 'https://api.example:8443/', 'https://api.example:8443'],
    ['http in place of https', 'http://api.example/', 'http://api.example'],
    ['http for the Portal', 'http://portal-api.example/', 'http://portal-api.example'],
    ['https in place of http', 'https://lakehouse/', 'https://lakehouse'],
    ['a host that ends with a listed host', 'https://evilapi.example/', 'https://evilapi.example'],
    ['a subdomain of a listed host', 'https://x.api.example/', 'https://x.api.example'],
    ['a host that begins with a listed host', 'https://api.example.evil.test/', 'evil.test'],
    ['the parent domain', 'https://example/', 'https://example'],
    ['a trailing dot', 'https://api.example./', 'https://api.example.'],
    ['a dot after a host without dots', 'http://lakehouse./', 'http://lakehouse.'],
    ['a Cyrillic letter', 'https://\u0430pi.example/', 'https://xn--'],
    ['a soft hyphen that leads to another host', 'https://evil\u00ad.example/', 'evil.example'],
    ['an IPv4-mapped address', 'http://[::ffff:127.0.0.1]:81/', 'http://[::ffff:7f00:1]:81'],
    ['the unspecified address', 'http://[::]:8080/', 'http://[::]:8080'],
    ['another loopback address', 'http://127.0.0.2:81/', 'http://127.0.0.2:81'],
    ['a loopback address without its port', 'http://[::1]/', 'http://[::1]'],
  ])('%s', async (_, url, shownOrigin) => {
    for (const input of [url, new URL(url)]) {
      const error = await expectRefused(input, LISTED);
      expect(error.message).toContain(shownOrigin);
      expect(error.message).toContain('services');
    }
  });

  it.each([
    ['a blob URL with the origin of the Portal', 'blob:https://portal-api.example/1'],
    ['a WebSocket', 'wss://api.example/'],
    ['a data URL', 'data:text/plain,x'],
    ['a file', 'file:///etc/passwd'],
    ['a path', '/workspaces'],
    ['a URL without a scheme', '//api.example/'],
    ['a blank text', ''],
  ])('%s', async (_, url) => {
    const error = await expectRefused(url, LISTED);
    expect(error.message).toMatch(/https/);
  });

  it('a user name or password in the URL of a listed origin', async () => {
    for (const url of ['https://user@api.example/', 'https://:hidden@api.example/']) {
      const error = await expectRefused(url, LISTED);
      expect(error.message).toContain('https://api.example ');
      expect(error.message).not.toMatch(/user@|hidden/);
    }
  });

  it('a Request for another origin', async () => {
    const error = await expectRefused(new Request('https://evil.example/x'), LISTED);
    expect(error.message).toContain('https://evil.example');
  });

  it('a Request in place of the options, which would hide its body', async () => {
    const { client, reads } = create(LISTED);
    const request = new Request('https://api.example/', { method: 'POST', body: 'text' });
    expect((await errorOf(client.fetch('https://api.example', request))).code).toBe('QUIX_CONFIG');
    expect(reads()).toBe(0);
  });

  it('the port of another server on the same machine, which then receives nothing', async () => {
    const hostile = await startService();
    const portal = await startPortal();
    await expectRefused(`${hostile.origin}/`, { portalApi: portal.url });
    await expectRefused(hostile.origin.replace('127.0.0.1', 'localhost'), {
      portalApi: portal.url,
      services: [hostile.origin],
    });
    expect(hostile.requests).toEqual([]);
    expect(portal.requests).toEqual([]);
  });

  it('without a part of the URL in the error that may be secret', async () => {
    const path = randomSecret();
    const query = randomSecret();
    const password = randomSecret();
    for (const host of ['evil.example', 'api.example', `${randomSecret()}.example`]) {
      const url = `https://name:${password}@${host}/${path}?key=${query}#${query}`;
      const error = await expectRefused(url, LISTED);
      expectNoLeak(error, [path, query, password]);
      expect(error.message).not.toMatch(/sdk-/);
    }
  });
});

describe('fetch() sends the token', () => {
  it.each([
    ['upper case', 'HTTP://LOCALHOST'],
    ['a path with the name of another host', 'http://localhost', '/https://evil.example/@evil'],
    ['white space around the URL', ' http://localhost', '/ '],
  ])('to the listed origin for other spellings of its URL: %s', async (_, prefix, path = '/') => {
    const service = await startService();
    const listed = service.origin.replace('127.0.0.1', 'localhost');
    const { client } = create({ services: [`${listed.toUpperCase()}/`] });
    expect((await client.fetch(`${prefix}:${service.port}${path}`)).status).toBe(204);
    expect(service.requests).toMatchObject([{ authorization: `Bearer ${token}` }]);
  });
});

describe('a redirect of a listed origin', () => {
  it.each([301, 302, 303, 307, 308])(
    'is returned and not followed, so that the hostile server receives nothing (%s)',
    async (status) => {
      const hostile = await startService();
      const headers = { location: `${hostile.origin}/steal` };
      const service = await startService((_, response) => {
        response.writeHead(status, headers).end();
      });
      const { client } = create({ services: [service.origin] });
      const post = { method: 'POST', body: 'text' };
      for (const response of [
        await client.fetch(service.origin),
        await client.fetch(service.origin, post),
        await client.fetch(service.origin, { redirect: 'manual' }),
        await client.fetch(new Request(service.origin)), // its own default is to follow
      ]) {
        expect(response.status).toBe(status);
        expect(response.headers.get('location')).toBe(headers.location);
      }
      await expect(client.fetch(service.origin, { redirect: 'error' })).rejects.toThrow(TypeError);
      const strict = new Request(service.origin, { redirect: 'error' });
      await expect(client.fetch(strict)).rejects.toThrow(TypeError);
      expect(service.requests).toHaveLength(6);
      expect(hostile.requests).toEqual([]);
    },
  );

  it('is not followed to the same origin or to another listed one either', async () => {
    const other = await startService();
    let target = '/there';
    const service = await startService((_, response) => {
      response.writeHead(302, { location: target }).end();
    });
    const { client } = create({ services: [service.origin, other.origin] });
    await client.fetch(service.origin);
    target = other.origin;
    await client.fetch(service.origin);
    expect(service.requests.map(({ path }) => path)).toEqual(['/', '/']);
    expect(other.requests).toEqual([]);
  });

  it("cannot be followed with redirect: 'follow', which is refused before the token is read", async () => {
    const { client, reads } = create(LISTED);
    const error = await errorOf(client.fetch('https://api.example', { redirect: 'follow' }));
    expect(error.code).toBe('QUIX_CONFIG');
    expect(error.message).toContain("redirect: 'follow'");
    expect(reads()).toBe(0);
  });
});

describe('the option services', () => {
  it.each([
    ['text in place of a list', 'https://api.example', 'services'],
    ['an entry that is not text', [1], 'services'],
    ['a path', ['https://api.example', 'https://api.example/v1'], 'Entry 2'],
    ['a query', ['https://api.example?x'], 'query'],
    ['a wildcard', ['https://*.example'], 'wildcard'],
    ['no scheme', ['api.example'], 'scheme'],
    ['another scheme', ['wss://api.example'], 'https'],
    ['http for a host with a dot', ['http://api.example'], 'http'],
    ['http for a host with a trailing dot', ['http://lakehouse.'], 'http'],
    ['http for an IPv6 address', ['http://[fe80::1]'], 'http'],
    ['http for an IPv4-mapped address', ['http://[::ffff:127.0.0.1]'], 'http'],
    ['http for a number that is an address', ['http://134744072'], 'http'], // 8.8.8.8
    ['a user name', ['https://hidden@api.example'], 'user name'],
    ['a password', ['https://user:hidden@api.example'], 'user name'],
    ['a non-ASCII letter', ['https://\u0430pi.example'], 'ASCII'],
    ['a line break', ['https://api.\nexample'], 'white space'],
    ['a blank entry', [''], 'Entry 1'],
  ])('is refused in the constructor for %s', (_, services, words) => {
    const error = errorThrown(() => create({ services: services as string[] }));
    expect(error.code).toBe('QUIX_CONFIG');
    expect(error.message).toContain(words);
    expect(error.message).not.toContain('hidden');
  });

  it('accepts https, and http for loopback addresses and hosts without a dot', () => {
    const services = [
      'https://api.example:8443/',
      'HTTPS://API.EXAMPLE',
      'http://localhost:1',
      'http://127.1.2.3',
      'http://[::1]:80',
      'http://quix_lakehouse-query:8080',
    ];
    create({ services });
    create({ services: Object.freeze([]) });
  });
});
