import dns from 'node:dns';
import { QuixStreamingClient, type QuixClientOptions } from 'quix-streams-auth';
import { Agent } from 'undici';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createCertificateAuthority, createSelfSigned } from '../support/certificates.ts';
import { errorOf } from '../support/errors.ts';
import { startService, type HttpService } from '../support/http-service.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { startServer } from '../support/scripted-server.ts';
import { good } from './scripted-portal.ts';

const token = randomSecret();

/** Creates a client that counts how often its token is read. */
function create(options: QuixClientOptions) {
  const read = vi.fn(() => token);
  const client = new QuixStreamingClient({ env: {}, token: read, ...options });
  onTestFinished(() => client.close());
  return { client, read };
}

/** Starts a listed service, and a hostile one that is not listed. */
async function start(options: QuixClientOptions = {}) {
  const hostile = await startService();
  const listed = await startService();
  return { hostile, listed, ...create({ services: [listed.origin], ...options }) };
}

/** Lets all host names lead to this machine. Servers must be started before. */
function resolveAllNames(): void {
  const lookup = (_name: string, options: dns.LookupOptions, callback: unknown): void => {
    const found = { address: '127.0.0.1', family: 4 };
    const finish = callback as (error: null, ...result: unknown[]) => void;
    if (options.all) finish(null, [found]);
    else finish(null, found.address, found.family);
  };
  const spy = vi.spyOn(dns, 'lookup').mockImplementation(lookup as typeof dns.lookup);
  onTestFinished(() => {
    spy.mockRestore();
  });
}

describe('fetch() sends nothing to a hostile server that is reachable at', () => {
  it.each<[string, (hostile: HttpService) => string]>([
    ['another port of the same address', ({ origin }) => origin],
    ['another name of the same address', ({ port }) => `http://localhost:${port}`],
    ['an IPv4-mapped IPv6 address', ({ port }) => `http://[::ffff:127.0.0.1]:${port}`],
    ['the same address in hex', ({ port }) => `http://[0:0:0:0:0:ffff:7f00:1]:${port}`],
    ['an address as one number', ({ port }) => `http://2130706433:${port}`],
    ['a host that ends with a listed host', ({ port }) => `http://evil-lakehouse:${port}`],
    ['a host that begins with a listed host', ({ port }) => `http://lakehouse-evil:${port}`],
    ['a subdomain of a listed host', ({ port }) => `http://x.lakehouse:${port}`],
    ['a listed host as a subdomain', ({ port }) => `http://lakehouse.evil:${port}`],
    ['a listed host with a trailing dot', ({ port }) => `http://lakehouse.:${port}`],
    ['a listed host with a letter that looks alike', ({ port }) => `http://l\u0430kehouse:${port}`],
    ['the same host in punycode', ({ port }) => new URL(`http://l\u0430kehouse:${port}`).href],
    ['another host in upper case', ({ port }) => `HTTP://EVIL:${port}`],
  ])('%s', async (_, urlOf) => {
    const hostile = await startService();
    const listed = await startService();
    const { port } = hostile;
    const services = [
      listed.origin,
      `http://lakehouse:${listed.port}`,
      `http://[::1]:${port}`,
      `https://lakehouse:${port}`,
    ];
    const { client, read } = create({ services });
    resolveAllNames();
    const url = urlOf(hostile);
    expect((await fetch(url)).status).toBe(204); // the server is reachable
    for (const input of [url, new URL(url), new Request(url)]) {
      expect((await errorOf(client.fetch(input))).code).toBe('QUIX_CONFIG');
    }
    expect(hostile.requests.map(({ authorization }) => authorization)).toEqual([undefined]);
    expect(read).not.toHaveBeenCalled();
  });

  it('a host with a listed host as the user name before it', async () => {
    const { hostile, listed, client, read } = await start();
    for (const start of [listed.origin, `${listed.origin}:x`, 'http://lakehouse']) {
      const url = `${start}@127.0.0.1:${hostile.port}/`;
      expect((await errorOf(client.fetch(url))).code).toBe('QUIX_CONFIG');
    }
    expect(hostile.requests).toEqual([]);
    expect(read).not.toHaveBeenCalled();
  });

  it('an origin that was added to the array after the constructor had returned', async () => {
    const hostile = await startService();
    const listed = await startService();
    const services = [listed.origin];
    const { client, read } = create({ services });
    services.push(hostile.origin);
    services[0] = hostile.origin;
    expect((await errorOf(client.fetch(hostile.origin))).code).toBe('QUIX_CONFIG');
    expect(read).not.toHaveBeenCalled();
    expect((await client.fetch(listed.origin)).status).toBe(204);
  });
});

describe('fetch() sends the token only to the URL that it has checked, for', () => {
  it.each<[string, (hostile: string, listed: string) => Request]>([
    [
      'a subclass of Request with another url',
      (hostile, listed) => {
        class Disguised extends Request {}
        Object.defineProperty(Disguised.prototype, 'url', { get: () => listed });
        return new Disguised(hostile);
      },
    ],
    [
      'a Request with an own property url',
      (hostile, listed) => Object.defineProperty(new Request(hostile), 'url', { value: listed }),
    ],
    [
      'a Proxy of a Request',
      (hostile, listed) =>
        new Proxy(new Request(hostile), {
          get: (target, name): unknown =>
            name === 'url' ? listed : Reflect.get(target, name, target),
        }),
    ],
  ])('%s', async (_, disguise) => {
    const { hostile, listed, client, read } = await start();
    const input = disguise(hostile.origin, `${listed.origin}/`);
    // For a Proxy, newer versions of Node throw a TypeError.
    await expect(client.fetch(input)).rejects.toThrow(/services|Proxy|private/);
    expect(hostile.requests).toEqual([]);
    expect(listed.requests).toEqual([]);
    expect(read).not.toHaveBeenCalled();
  });

  it('a URL that becomes another text when it is read again', async () => {
    const { hostile, listed, client } = await start();
    const texts = [listed.origin];
    const url = new URL(listed.origin);
    const next = (): string => texts.shift() ?? hostile.origin;
    Object.defineProperties(url, { href: { get: next }, toString: { value: next } });
    expect((await client.fetch(url)).status).toBe(204);
    expect(listed.requests).toHaveLength(1);
    expect(hostile.requests).toEqual([]);
  });
});

describe('fetch() does not follow a redirect to a hostile server', () => {
  /** Starts a service that redirects all requests with an accepted token to the hostile server. */
  async function startRedirect(status = 307, accepted = token) {
    const hostile = await startService();
    const service = await startService(({ authorization }, response) => {
      const isAccepted = authorization === `Bearer ${accepted}`;
      response.writeHead(isAccepted ? status : 401, { location: hostile.origin }).end();
    });
    return { hostile, service };
  }

  it.each<[string, () => RequestInit]>([
    ['in upper case', () => ({ redirect: 'FOLLOW' as 'follow' })],
    ['as an object', () => ({ redirect: { toString: () => 'follow' } as never })],
    [
      'that a getter returns the second time',
      () => {
        const modes: ('manual' | 'follow')[] = ['manual'];
        return {
          get redirect() {
            return modes.shift() ?? 'follow';
          },
        };
      },
    ],
  ])('with the mode "follow" %s', async (_, init) => {
    const { hostile, service } = await startRedirect();
    const { client } = create({ services: [service.origin] });
    expect((await client.fetch(service.origin, init())).status).toBe(307);
    expect(hostile.requests).toEqual([]);
  });

  it.each([301, 302, 303, 307, 308])(
    'if the Portal redirects (%s), also for a Request with the mode "follow" and after a 401',
    async (status) => {
      const fallbackToken = randomSecret();
      const { hostile, service } = await startRedirect(status, fallbackToken);
      const { client } = create({ portalApi: service.origin, fallbackToken });
      const follow = new Request(service.origin, { redirect: 'follow' });
      for (const input of [service.origin, follow]) {
        expect((await client.fetch(input)).status).toBe(status);
      }
      expect(service.requests).toHaveLength(3); // one more for the 401
      expect(hostile.requests).toEqual([]);
    },
  );
});

it.each<[string, (url: string) => [string | Request, RequestInit?]]>([
  ['an object', (url) => [url, { headers: { AUTHORIZATION: 'Basic own' } }]],
  ['an array', (url) => [url, { headers: [['Authorization', 'Basic own']] }]],
  ['a Headers object', (url) => [url, { headers: new Headers({ authorization: 'Basic own' }) }]],
  ['a Request', (url) => [new Request(url, { headers: { authorization: 'Basic own' } })]],
])('an authorization header in %s is sent in place of the token', async (_, argumentsFor) => {
  const { hostile, client, read } = await start();
  expect((await client.fetch(...argumentsFor(hostile.origin))).status).toBe(204);
  expect(hostile.requests.map(({ authorization }) => authorization)).toEqual(['Basic own']);
  expect(read).not.toHaveBeenCalled();
});

it('the origin is checked if the options replace the headers of a Request that have an authorization header', async () => {
  const { hostile, client } = await start();
  const request = new Request(hostile.origin, { headers: { authorization: 'Basic own' } });
  expect((await errorOf(client.fetch(request, { headers: {} }))).code).toBe('QUIX_CONFIG');
  expect(hostile.requests).toEqual([]);
});

it.each<[string, (text: string) => Error]>([
  ['message', (text) => new TypeError(text)],
  ['cause', (text) => new TypeError('fetch failed', { cause: { request: { headers: [text] } } })],
  ['property', (text) => Object.assign(new Error('no mock'), { code: 'NO_MOCK', text })],
])('an error of the global fetch() with the token in its %s is withheld', async (_, errorFor) => {
  const { listed, client } = await start();
  vi.stubGlobal('fetch', (_url: string, { headers }: RequestInit) => {
    const { authorization = '' } = Object.fromEntries(new Headers(headers));
    return Promise.reject(errorFor(`No mock for GET with ${authorization}`));
  });
  onTestFinished(() => void vi.unstubAllGlobals());
  const error: unknown = await client.fetch(listed.origin).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TypeError);
  expect(error).toHaveProperty('message', expect.stringContaining('withheld'));
  expectNoLeak(error, [token]);
});

describe('with NODE_TLS_REJECT_UNAUTHORIZED=0, fetch()', () => {
  beforeEach(() => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  });

  it('sends nothing to a server with https, because the global fetch() does not verify it', async () => {
    const server = await startServer(good, await createSelfSigned(['127.0.0.1']));
    const { client, read } = create({ services: [server.origin] });
    const error = await errorOf(client.fetch(server.origin));
    expect(error.code).toBe('QUIX_CONFIG');
    expect(error.message).toMatch(/NODE_TLS_REJECT_UNAUTHORIZED.*NODE_EXTRA_CA_CERTS/);
    expect(server.heads).toEqual([]);
    expect(read).not.toHaveBeenCalled();
  });

  it('sends the token with http as usual', async () => {
    const { listed, client } = await start();
    expect((await client.fetch(listed.origin)).status).toBe(204);
  });

  it('leaves the verification to a dispatcher that the caller passes', async () => {
    const authority = await createCertificateAuthority();
    const server = await startServer(good, await authority.issue(['127.0.0.1']));
    const { client } = create({ services: [server.origin] });
    const dispatcher = new Agent({ connect: { ca: authority.certificate } });
    onTestFinished(() => dispatcher.destroy());
    const response = await client.fetch(server.origin, { dispatcher: dispatcher as never });
    expect(response.status).toBe(200);
  });
});
