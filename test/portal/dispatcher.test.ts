import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls, { rootCertificates } from 'node:tls';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  createDispatcher,
  proxyVariable,
  type DispatcherOptions,
} from '../../src/portal/dispatcher.ts';
import { getWorkspaces } from '../../src/portal/index.ts';
import { createCertificateAuthority, type CertificateAuthority } from '../support/certificates.ts';
import { startConnectProxy, tunnelTo } from '../support/connect-proxy.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import {
  failureOf,
  failureOfOne,
  makeSession,
  sendOne,
  type SessionOptions,
} from '../support/portal-access.ts';
import {
  answer,
  closedPort,
  type Script,
  stall,
  startListener,
  startServer,
} from '../support/scripted-server.ts';

const LIST = [{ workspaceId: 'w' }];
const list: Script = answer(200, LIST);
/** Only the proxy can resolve this name. */
const HOST = 'portal.example';
const PORTAL = `https://${HOST}`;

let authority: CertificateAuthority;
let ca: string;
beforeAll(async () => {
  authority = await createCertificateAuthority('Private CA');
  ca = authority.certificate;
});
beforeEach(() => {
  // These variables of the process must have no effect.
  for (const name of ['https_proxy', 'http_proxy']) vi.stubEnv(name, 'http://process.example:1');
});

const startTls = async (hosts = [HOST]) => startServer(list, await authority.issue(hosts));

const request = (origin: string, options: SessionOptions = {}) =>
  sendOne(makeSession(origin, options), getWorkspaces());

async function startPortalBehindProxy(hosts = [HOST]) {
  const server = await startTls(hosts);
  const proxy = await startConnectProxy(tunnelTo(server.port));
  return { server, proxy };
}

/** Creates a dispatcher without connecting it. The test closes it when it finishes. */
async function create(options: Partial<DispatcherOptions> = {}) {
  const all = { portal: new URL(PORTAL), env: {}, connectTimeoutMs: 1_000, ...options };
  const dispatcher = await createDispatcher(all);
  onTestFinished(() => dispatcher.destroy());
  return dispatcher;
}

describe('proxyVariable', () => {
  it.each<[Record<string, string>, string | undefined]>([
    [{}, undefined],
    [{ https_proxy: 'http://p' }, 'https_proxy'],
    [{ HTTPS_PROXY: 'http://p' }, 'HTTPS_PROXY'],
    [{ HTTPS_PROXY: 'http://p', https_proxy: 'http://q' }, 'https_proxy'],
    [{ http_proxy: 'http://p' }, 'http_proxy'],
    [{ HTTP_PROXY: 'http://p' }, 'HTTP_PROXY'],
    [{ http_proxy: 'http://p', HTTPS_PROXY: 'http://q' }, 'HTTPS_PROXY'],
    [{ https_proxy: ' ', HTTPS_PROXY: '', http_proxy: 'http://p' }, 'http_proxy'],
    [{ all_proxy: 'http://p' }, 'all_proxy'],
    [{ ALL_PROXY: 'http://p', all_proxy: ' ' }, 'ALL_PROXY'],
    [{ all_proxy: 'http://p', http_proxy: 'http://q' }, 'http_proxy'],
    [{ all_proxy: 'http://p', https_proxy: 'http://q' }, 'https_proxy'],
    [{ all_proxy: 'http://p', no_proxy: 'portal.example' }, undefined],
    [{ no_proxy: '*' }, undefined],
    [{ https_proxy: 'http://p', no_proxy: 'other.example' }, 'https_proxy'],
  ])('returns for %j the name %s', (env, name) => {
    expect(proxyVariable(new URL(PORTAL), env)).toBe(name);
  });

  it.each(['http://localhost:1', 'http://127.0.0.1', 'https://127.1:8443', 'https://[::1]'])(
    'returns no name for %s, which is on this machine',
    (portal) => {
      const env = { https_proxy: 'http://p', http_proxy: 'http://p' };
      expect(proxyVariable(new URL(portal), env)).toBeUndefined();
    },
  );
});

describe('proxyVariable with NO_PROXY', () => {
  it.each(['*', 'portal.example', '.example', '*.example', 'EXAMPLE', 'a, portal.example:443'])(
    'returns no name if NO_PROXY is %j, which exempts the Portal',
    (value) => {
      for (const name of ['no_proxy', 'NO_PROXY']) {
        const env = { https_proxy: 'http://p', [name]: value };
        expect(proxyVariable(new URL(PORTAL), env)).toBeUndefined();
      }
    },
  );

  it.each(['', ' , ', 'other.example', 'al.example', 'portal.example:8443', 'a.portal.example'])(
    'returns the name if NO_PROXY is %j, which does not exempt the Portal',
    (value) => {
      const env = { https_proxy: 'http://p', no_proxy: value };
      expect(proxyVariable(new URL(PORTAL), env)).toBe('https_proxy');
    },
  );
});

describe('createDispatcher without a proxy', () => {
  it('connects directly, whatever proxies the process has', async () => {
    const server = await startTls(['127.0.0.1']);
    const proxy = await startConnectProxy(tunnelTo(server.port));
    for (const name of ['https_proxy', 'http_proxy']) vi.stubEnv(name, proxy.url);
    expect(await request(server.origin, { ca })).toEqual(LIST);
    expect(server.connections).toBe(1);
    expect(proxy.heads).toEqual([]);
  });

  it('connects directly to a Portal on this machine even if there is a proxy', async () => {
    const { server, proxy } = await startPortalBehindProxy(['127.0.0.1']);
    const env = { https_proxy: proxy.url, http_proxy: proxy.url };
    expect(await request(server.origin, { ca, env })).toEqual(LIST);
    expect(proxy.heads).toEqual([]);
  });
});

describe('createDispatcher with a proxy', () => {
  it.each(['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'])(
    'connects through the proxy of %s, which sees only the name of the Portal',
    async (name) => {
      const { server, proxy } = await startPortalBehindProxy();
      const token = randomSecret();
      const options = { ca, env: { [name]: proxy.url }, sources: { token } };
      expect(await request(`${PORTAL}/base`, options)).toEqual(LIST);
      expect(proxy.heads).toHaveLength(1);
      expect(proxy.heads[0]).toMatch(/^CONNECT portal\.example:443 HTTP\/1\.1\r\n/);
      expectNoLeak(proxy.heads, [token]);
      expect(server.heads[0]).toMatch(/^GET \/base\/workspaces /);
      expect(server.heads[0]).toContain('host: portal.example\r\n');
    },
  );

  it('prefers https_proxy to http_proxy', async () => {
    const { proxy } = await startPortalBehindProxy();
    const env = { https_proxy: proxy.url, http_proxy: 'http://127.0.0.1:1' };
    expect(await request(PORTAL, { ca, env })).toEqual(LIST);
    expect(proxy.heads).toHaveLength(1);
  });

  it('ignores the variable NO_PROXY of the process', async () => {
    const { proxy } = await startPortalBehindProxy();
    vi.stubEnv('no_proxy', '*');
    vi.stubEnv('NO_PROXY', '*');
    expect(await request(PORTAL, { ca, env: { https_proxy: proxy.url } })).toEqual(LIST);
    expect(proxy.heads).toHaveLength(1);
  });

  // 0.0.0.0 is not a loopback address, but reaches this machine on systems other than Windows.
  it.skipIf(process.platform === 'win32').each(['NO_PROXY', 'no_proxy'])(
    'connects directly to a host and port in %s',
    async (name) => {
      const { server, proxy } = await startPortalBehindProxy(['0.0.0.0']);
      const exceptIn = (port: number): SessionOptions => ({
        ca,
        env: { https_proxy: proxy.url, [name]: ` .example, 0.0.0.0:${port} ` },
      });
      const origin = `https://0.0.0.0:${server.port}`;
      expect(await request(origin, exceptIn(server.port))).toEqual(LIST);
      expect(proxy.heads).toHaveLength(0);
      expect(await request(origin, exceptIn(1))).toEqual(LIST);
      expect(proxy.heads).toHaveLength(1);
    },
  );

  it('accepts a proxy without a scheme, as curl does', async () => {
    const { proxy } = await startPortalBehindProxy();
    const env = { https_proxy: `127.0.0.1:${proxy.port}` };
    expect(await request(PORTAL, { ca, env })).toEqual(LIST);
    expect(proxy.heads).toHaveLength(1);
  });

  it('sends the credentials in the URL to the proxy, and no error contains them', async () => {
    const password = randomSecret('pw@');
    const { server, proxy } = await startPortalBehindProxy(['other.example']);
    const url = proxy.url.replace('//', `//user:${encodeURIComponent(password)}@`);
    const error = await failureOf(() => request(PORTAL, { ca, env: { https_proxy: url } }));
    const sent = Buffer.from(`user:${password}`).toString('base64');
    expect(proxy.heads[0]).toContain(`proxy-authorization: Basic ${sent}`);
    expectNoLeak(error, [password]);
    expect(server.heads).toEqual([]);
  });

  it('names a variable that is not the URL of a proxy, and quotes nothing of it', async () => {
    const secret = randomSecret('');
    for (const proxy of [
      `http://user:${secret}@`,
      `http://user:${secret}@proxy.example:99999`,
      `http://user:${secret}%@proxy.example`,
      `ftp://user:${secret}@proxy.example`,
      `xhttp://user:${secret}@proxy.example`,
      `httpx://user:${secret}@proxy.example`,
      `http://${secret} proxy`,
    ]) {
      for (const name of ['HTTPS_PROXY', 'http_proxy']) {
        const error = await failureOf(() => create({ env: { [name]: proxy } }));
        expect(error).toMatchObject({ code: 'QUIX_CONFIG', retryable: false });
        expect(error.summary).toContain(` ${name} `);
        expect(error.hint).toContain('http://host:port');
        expectNoLeak(error, [secret]);
      }
    }
  });

  it('does not accept a certificate for another host', async () => {
    const { server, proxy } = await startPortalBehindProxy(['127.0.0.1', 'other.example']);
    const error = await failureOf(() => request(PORTAL, { ca, env: { https_proxy: proxy.url } }));
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_TLS', retryable: false });
    expect(error.summary).toMatch(/portal\.example .*https_proxy/);
    expect(server.heads).toEqual([]);
  });

  it('does not trust a proxy that replaces the certificate of the Portal', async () => {
    const { server, proxy } = await startPortalBehindProxy();
    const error = await failureOf(() => request(PORTAL, { env: { HTTPS_PROXY: proxy.url } }));
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_TLS', retryable: false });
    expect(error.summary).toContain('HTTPS_PROXY');
    expect(error.hint).toMatch(/proxy.*`ca`/);
    expect(server.heads).toEqual([]);
  });

  it('connects to a proxy by TLS only if its authority is trusted', async () => {
    const server = await startTls();
    const identity = await authority.issue(['localhost']);
    const proxy = await startConnectProxy(tunnelTo(server.port), identity);
    const env = { https_proxy: `https://localhost:${proxy.port}` };
    expect(await request(PORTAL, { ca, env })).toEqual(LIST);
    const error = await failureOf(() => request(PORTAL, { env }));
    expect(error.code).toBe('QUIX_PORTAL_TLS');
    expect(proxy.heads).toHaveLength(1);
  });

  it('names the variable of a proxy that does not accept connections', async () => {
    const env = { https_proxy: `http://127.0.0.1:${await closedPort()}` };
    const error = await failureOfOne(PORTAL, { env });
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
    expect(error.summary).toMatch(/portal\.example .*https_proxy \(ECONNREFUSED\)/);
  });

  it.each([403, 407, 502])(
    'names the variable of a proxy that answers with status %i',
    async (status) => {
      const proxy = await startConnectProxy((socket, head) => {
        answer(status, 'no')(socket, head);
      });
      const error = await failureOfOne(PORTAL, { env: { https_proxy: proxy.url } });
      expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE' });
      expect(error.summary).toContain('https_proxy');
    },
  );

  it('stops waiting for a proxy at the deadline of the call', async () => {
    const proxy = await startConnectProxy(stall);
    const env = { https_proxy: proxy.url };
    const start = performance.now();
    const error = await failureOf(() =>
      request(PORTAL, { env, connectTimeoutMs: 60_000, timeoutMs: 150 }),
    );
    expect(error.message).toContain('150 ms');
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  it('sends the CONNECT again when the proxy did not answer within the connect timeout', async () => {
    const server = await startTls();
    const proxy = await startConnectProxy([stall, tunnelTo(server.port)]);
    const env = { https_proxy: proxy.url };
    const options = { ca, env, connectTimeoutMs: 200, timeoutMs: 4_000 };
    expect(await request(PORTAL, options)).toEqual(LIST);
    expect(proxy.heads).toHaveLength(2);
  });

  it('limits the TLS handshake with the proxy by the connect timeout', async () => {
    const { host } = await startListener(stall);
    const env = { https_proxy: `https://${host}` };
    const error = await failureOfOne(PORTAL, { env, connectTimeoutMs: 100 });
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
    expect(error.summary).toContain('UND_ERR_CONNECT_TIMEOUT');
  });

  it('limits the TLS handshake with the Portal behind the proxy by the connect timeout', async () => {
    const silent = await startListener(stall);
    const proxy = await startConnectProxy(tunnelTo(silent.port));
    const env = { https_proxy: proxy.url };
    const error = await failureOfOne(PORTAL, { env, connectTimeoutMs: 100 });
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
    expect(error.summary).toContain('UND_ERR_CONNECT_TIMEOUT');
    expect(silent.connections).toBe(1);
  });
});

describe('the authorities that a dispatcher trusts', () => {
  const proxied = { env: { https_proxy: 'http://127.0.0.1:1' } };

  it.each([
    ['without a proxy', {}],
    ['with a proxy', proxied],
  ])("are Node's own and the extra ones, in one TLS context, %s", async (_, options) => {
    const createContext = vi.spyOn(tls, 'createSecureContext');
    const [first = '', second = ''] = rootCertificates;
    for (const extra of [first, [first, second]]) {
      createContext.mockClear();
      await create({ ...options, ca: extra });
      expect(createContext).toHaveBeenCalledTimes(1); // it parses about 150 certificates
      const trusted = createContext.mock.calls[0]?.[0]?.ca as string[];
      expect(trusted.slice(-[extra].flat().length)).toEqual([extra].flat());
      expect(trusted.length).toBeGreaterThan(100);
    }
  });

  it.each([
    ['without a proxy', {}],
    ['with a proxy', proxied],
  ])("are Node's default if no extra one is given, %s", async (_, options) => {
    const createContext = vi.spyOn(tls, 'createSecureContext');
    createContext.mockClear();
    await create(options);
    expect(createContext.mock.calls).toEqual([[Object.create(null)]]); // shared by all connections
  });

  /** Returns the authorities that a dispatcher trusts, as one PEM text. */
  async function trustedWith(getCACertificates: unknown): Promise<string> {
    const original = Object.getOwnPropertyDescriptor(tls, 'getCACertificates');
    Object.defineProperty(tls, 'getCACertificates', {
      value: getCACertificates,
      configurable: true,
    });
    onTestFinished(() => {
      if (original) Object.defineProperty(tls, 'getCACertificates', original);
      else Reflect.deleteProperty(tls, 'getCACertificates');
    });
    const createContext = vi.spyOn(tls, 'createSecureContext');
    createContext.mockClear();
    await create({ ca });
    return (createContext.mock.calls[0]?.[0]?.ca as string[]).join('');
  }

  it('are those of tls.getCACertificates() if Node has that function', async () => {
    const [own = ''] = rootCertificates;
    expect(await trustedWith(() => [own])).toBe(own + ca);
  });

  it('are those of Node and of NODE_EXTRA_CA_CERTS if Node does not have that function', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quix-ca-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const { certificate } = await createCertificateAuthority('Extra CA');
    await writeFile(join(folder, 'ca.pem'), certificate);
    vi.stubEnv('NODE_EXTRA_CA_CERTS', join(folder, 'ca.pem'));
    expect(await trustedWith(undefined)).toBe(rootCertificates.join('') + certificate + ca);
    vi.stubEnv('NODE_EXTRA_CA_CERTS', join(folder, 'missing.pem'));
    expect(await trustedWith(undefined)).toBe(rootCertificates.join('') + ca);
    vi.stubEnv('NODE_EXTRA_CA_CERTS', '');
    expect(await trustedWith(undefined)).toBe(rootCertificates.join('') + ca);
  });

  it('include the extra ones even if the file in NODE_EXTRA_CA_CERTS cannot be read', async () => {
    vi.stubEnv('NODE_EXTRA_CA_CERTS', '/nonexistent/ca.pem');
    const server = await startTls(['127.0.0.1']);
    expect(await request(server.origin, { ca })).toEqual(LIST);
  });
});
