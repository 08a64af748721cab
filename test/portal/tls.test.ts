import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { TransportOptions } from '../../src/portal/transport.ts';
import {
  createCertificateAuthority,
  createSelfSigned,
  type CertificateAuthority,
} from '../support/certificates.ts';
import { startConnectProxy, tunnelTo } from '../support/connect-proxy.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { failureOf, failureOfOne, makeInquiry, makePortal } from '../support/portal-access.ts';
import {
  answer,
  closedPort,
  reset,
  type Script,
  stall,
  startListener,
  startServer,
} from '../support/scripted-server.ts';

const list: Script = answer(200, [{ workspaceId: 'w' }]);
const LIST = [{ workspaceId: 'w' }];

let authority: CertificateAuthority;
let stranger: CertificateAuthority;
let ca: string;

beforeAll(async () => {
  authority = await createCertificateAuthority('Private CA');
  stranger = await createCertificateAuthority('Another CA');
  ca = authority.certificate;
});

async function startTls(hosts = ['127.0.0.1'], options: { expired?: boolean } = {}) {
  return startServer(list, await authority.issue(hosts, options));
}

const ask = (origin: string, options: Partial<TransportOptions> = {}, inquiry = makeInquiry()) =>
  makePortal(origin, options).listWorkspaces(inquiry);

describe('a certificate', () => {
  it('of a private authority is refused, once, and the token is not sent', async () => {
    const server = await startTls();
    const error = await failureOf(() => ask(server.origin));
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_TLS', retryable: false });
    expect(error.message).toContain(`No trusted TLS connection to ${server.host} (`);
    expect(error.cause).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    expect(error.hint).toMatch(/`ca` option.*NODE_EXTRA_CA_CERTS/);
    expect(error.message).not.toMatch(/reject_?unauthorized/i);
    expect(server.heads).toEqual([]);
    expect(server.connections).toBe(1);
  });

  it('of a private authority is accepted when that is the extra one, or among them', async () => {
    const server = await startTls();
    expect(await ask(server.origin, { ca })).toEqual(LIST);
    expect(await ask(server.origin, { ca: [stranger.certificate, ca] })).toEqual(LIST);
    expect(await ask(server.origin, { ca: stranger.certificate + ca })).toEqual(LIST);
  });

  it('of another authority than the extra one is refused', async () => {
    const server = await startTls();
    const error = await failureOf(() => ask(server.origin, { ca: stranger.certificate }));
    expect(error.code).toBe('QUIX_PORTAL_TLS');
  });

  it('that is signed by itself is refused', async () => {
    const server = await startServer(list, await createSelfSigned(['127.0.0.1']));
    const error = await failureOf(() => ask(server.origin));
    expect(error.code).toBe('QUIX_PORTAL_TLS');
    expect(error.cause).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(server.heads).toEqual([]);
  });

  it('that has expired is refused, though its authority is trusted', async () => {
    const server = await startTls(['127.0.0.1'], { expired: true });
    const error = await failureOf(() => ask(server.origin, { ca }));
    expect(error.code).toBe('QUIX_PORTAL_TLS');
    expect(error.cause).toMatchObject({ code: 'CERT_HAS_EXPIRED' });
    expect(server.heads).toEqual([]);
  });

  it('for another host is refused, though its authority is trusted', async () => {
    const server = await startTls(['portal.example', '127.0.0.2']);
    const error = await failureOf(() => ask(server.origin, { ca }));
    expect(error.code).toBe('QUIX_PORTAL_TLS');
    expect(error.cause).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(error.message).not.toContain('portal.example'); // Node's own message quotes the certificate
    expect(server.heads).toEqual([]);
  });
});

describe('a TLS handshake', () => {
  it('with a server that speaks plain HTTP is refused once', async () => {
    const server = await startListener((socket) =>
      socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    const error = await failureOf(() => ask(`https://${server.host}`));
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_TLS', retryable: false });
    expect(server.connections).toBe(1);
  });

  it('that is reset is tried again', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    let connections = 0;
    const server = await startListener((socket) => {
      if (++connections < 3) reset(socket);
      else socket.end('no TLS either');
    });
    const error = await failureOf(() => ask(`https://${server.host}`));
    expect(error.code).toBe('QUIX_PORTAL_TLS');
    expect(connections).toBe(3);
  });

  it('that is never answered is left after the time to connect', async () => {
    const server = await startListener(stall);
    const error = await failureOfOne(`https://${server.host}`, { connectTimeoutMs: 100 });
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
    expect(error.message).toContain('UND_ERR_CONNECT_TIMEOUT');
  });

  it('that is never answered is left when the deadline is over, should that be earlier', async () => {
    const server = await startListener(stall);
    const began = performance.now();
    const error = await failureOf(() =>
      ask(`https://${server.host}`, { connectTimeoutMs: 60_000 }, makeInquiry(150)),
    );
    expect(error.message).toContain('gave no answer within 150 ms');
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

describe('NODE_EXTRA_CA_CERTS', () => {
  it('goes on to count when extra authorities are given', async () => {
    const server = await startTls();
    const folder = await mkdtemp(join(tmpdir(), 'quix-ca-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'ca.pem');
    await writeFile(file, ca);
    const code = `
      import { Deadline, Portal } from ${JSON.stringify(new URL('../../src/portal/index.ts', import.meta.url).href)};
      import { Token } from ${JSON.stringify(new URL('../../src/token/index.ts', import.meta.url).href)};
      const deadline = new Deadline(10_000, () => new Error('late'));
      const portal = new Portal({
        portal: new URL(process.env.PORTAL), ca: process.env.OTHER_CA,
        userAgent: 'test', env: {}, connectTimeoutMs: 5_000,
      });
      const asked = portal.listWorkspaces({ token: new Token('sdk-x', 'test'), deadline });
      console.log(JSON.stringify(await asked.catch((error) => error.code)));
      deadline.clear();
      await portal.close();`;
    const flags = ['--no-warnings', '--import', 'tsx', '--input-type=module', '--eval', code];
    const run = async (extra: Record<string, string>): Promise<unknown> => {
      const env = {
        ...process.env,
        PORTAL: server.origin,
        OTHER_CA: stranger.certificate,
        ...extra,
      };
      const cwd = new URL('../..', import.meta.url);
      const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd, env });
      return JSON.parse(stdout);
    };
    const [withFile, without] = await Promise.all([
      run({ NODE_EXTRA_CA_CERTS: file }),
      run({ NODE_EXTRA_CA_CERTS: '' }),
    ]);
    expect(withFile).toEqual(LIST);
    expect(without).toBe('QUIX_PORTAL_TLS');
  });
});

describe('a proxy', () => {
  const HOST = 'portal.example'; // a name that the proxy alone resolves

  async function startPortalBehindProxy(hosts = [HOST]) {
    const server = await startTls(hosts);
    const proxy = await startConnectProxy(tunnelTo(server.port));
    return { server, proxy };
  }

  it.each(['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'])(
    'from %s is asked to connect to the Portal, and sees no more than its name',
    async (name) => {
      const { server, proxy } = await startPortalBehindProxy();
      const inquiry = makeInquiry();
      const env = { [name]: proxy.url };
      expect(await ask(`https://${HOST}/base`, { ca, env }, inquiry)).toEqual(LIST);
      expect(proxy.heads).toHaveLength(1);
      expect(proxy.heads[0]).toMatch(/^CONNECT portal\.example:443 HTTP\/1\.1\r\n/);
      expectNoLeak(proxy.heads, [inquiry.token.reveal()]);
      expect(server.heads[0]).toMatch(/^GET \/base\/workspaces /);
      expect(server.heads[0]).toContain('host: portal.example\r\n');
    },
  );

  it('gets the credentials of its URL, and no error shows them', async () => {
    const password = randomSecret('pw@');
    const { server, proxy } = await startPortalBehindProxy(['other.example']);
    const url = proxy.url.replace('//', `//user:${encodeURIComponent(password)}@`);
    const error = await failureOf(() => ask(`https://${HOST}`, { ca, env: { https_proxy: url } }));
    const sent = Buffer.from(`user:${password}`).toString('base64');
    expect(proxy.heads[0]).toContain(`proxy-authorization: Basic ${sent}`);
    expectNoLeak(error, [password]);
    expect(server.heads).toEqual([]);
  });

  it('does not make a certificate for another host acceptable', async () => {
    const { server, proxy } = await startPortalBehindProxy(['127.0.0.1', 'other.example']);
    const env = { https_proxy: proxy.url };
    const error = await failureOf(() => ask(`https://${HOST}`, { ca, env }));
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_TLS', retryable: false });
    expect(error.message).toContain('portal.example through the proxy from https_proxy (');
    expect(server.heads).toEqual([]);
  });

  it('that puts its own certificate between is not trusted', async () => {
    const { server, proxy } = await startPortalBehindProxy();
    const error = await failureOf(() =>
      ask(`https://${HOST}`, { env: { HTTPS_PROXY: proxy.url } }),
    );
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_TLS', retryable: false });
    expect(error.message).toContain('through the proxy from HTTPS_PROXY');
    expect(error.hint).toMatch(/the Portal or a proxy uses a private certificate authority/);
    expect(server.heads).toEqual([]);
  });

  it('may itself be reached by TLS, vouched for by the extra authority', async () => {
    const server = await startTls([HOST]);
    const identity = await authority.issue(['localhost']);
    const proxy = await startConnectProxy(tunnelTo(server.port), identity);
    const env = { https_proxy: `https://localhost:${proxy.port}` };
    expect(await ask(`https://${HOST}`, { ca, env })).toEqual(LIST);
    const error = await failureOf(() => ask(`https://${HOST}`, { env }));
    expect(error.code).toBe('QUIX_PORTAL_TLS');
    expect(proxy.heads).toHaveLength(1);
  });

  it('is not asked for a Portal on this machine', async () => {
    const server = await startTls();
    const proxy = await startConnectProxy(tunnelTo(server.port));
    const env = { https_proxy: proxy.url, http_proxy: proxy.url };
    expect(await ask(server.origin, { ca, env })).toEqual(LIST);
    expect(proxy.heads).toEqual([]);
  });

  it('of the process is not asked when the environment at hand has none', async () => {
    const server = await startTls();
    const proxy = await startConnectProxy(tunnelTo(server.port));
    vi.stubEnv('https_proxy', proxy.url);
    expect(await ask(server.origin, { ca })).toEqual(LIST);
    expect(proxy.heads).toEqual([]);
  });

  it('that is down is named in the error', async () => {
    const env = { https_proxy: `http://127.0.0.1:${await closedPort()}` };
    const error = await failureOfOne(`https://${HOST}`, { env });
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
    expect(error.message).toContain(
      'The Portal at portal.example could not be reached through the proxy from https_proxy (ECONNREFUSED)',
    );
  });

  it.each([403, 407, 502])('that answers %i is named in the error', async (status) => {
    const proxy = await startConnectProxy((socket, head) => {
      answer(status, 'no')(socket, head);
    });
    const env = { https_proxy: proxy.url };
    const error = await failureOfOne(`https://${HOST}`, { env });
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE' });
    expect(error.message).toContain('through the proxy from https_proxy');
  });

  it('that never answers is left when the deadline is over', async () => {
    const proxy = await startConnectProxy(stall);
    const options = { env: { https_proxy: proxy.url }, connectTimeoutMs: 60_000 };
    const began = performance.now();
    const error = await failureOf(() => ask(`https://${HOST}`, options, makeInquiry(150)));
    expect(error.message).toContain('gave no answer within 150 ms');
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('that never answers is asked anew after the time to connect', async () => {
    const server = await startTls([HOST]);
    const proxy = await startConnectProxy([stall, tunnelTo(server.port)]);
    const portal = makePortal(`https://${HOST}`, {
      ca,
      env: { https_proxy: proxy.url },
      connectTimeoutMs: 200,
    });
    expect(await portal.listWorkspaces(makeInquiry(4_000))).toEqual(LIST);
    expect(proxy.heads).toHaveLength(2);
  });
});
