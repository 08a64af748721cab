import type { Socket } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import type { QuixClientOptions } from 'quix-streams-auth';
import { createCertificateAuthority, type CertificateAuthority } from '../support/certificates.ts';
import { startConnectProxy, tunnelTo } from '../support/connect-proxy.ts';
import { errorOf } from '../support/errors.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { runSource, sourceUrl } from '../support/run-source.ts';
import { startListener, startServer } from '../support/scripted-server.ts';
import { clientOf, good } from './scripted-portal.ts';

/** Only a proxy can resolve this name. */
const PORTAL = 'https://portal.example';

let authority: CertificateAuthority;
beforeAll(async () => {
  authority = await createCertificateAuthority();
});

async function startPortal() {
  return startServer(good, await authority.issue(['portal.example']));
}

const throughProxy = (env: Record<string, string>, options: QuixClientOptions = {}) =>
  clientOf(PORTAL, { ca: authority.certificate, env, ...options });

const close = (socket: Socket): void => {
  socket.resume().end();
};

/** Answers the first bytes of each connection and then closes it, unless `isOpen` is set. */
const answerWith = (text: string, isOpen = false) =>
  startListener((socket) => {
    socket.once('data', () => {
      socket.write(text);
      if (!isOpen) socket.end();
    });
  });

const FAULTS: Readonly<Record<string, () => ReturnType<typeof startListener>>> = {
  'closes each connection at once': () => startListener(close),
  'closes after the request': () => answerWith(''),
  'closes after half an answer': () => answerWith('HTTP/1.1 20'),
  'answers 100 and closes': () => answerWith('HTTP/1.1 100 Continue\r\n\r\n'),
  'answers 100': () => answerWith('HTTP/1.1 100 Continue\r\n\r\n', true),
  'answers 101': () => answerWith('HTTP/1.1 101 Switching Protocols\r\n\r\n', true),
  'answers 103': () => answerWith('HTTP/1.1 103 Early Hints\r\n\r\n', true),
  'answers 200 and closes': () => answerWith('HTTP/1.1 200 OK\r\n\r\n'),
  'answers 502': () => answerWith('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n', true),
  'does not speak HTTP': () => answerWith('SSH-2.0-OpenSSH_9.6\r\n', true),
};

it(
  'a proxy that closes instead of answering gets one connection for each attempt and none after the call, and the error names the variable of the proxy',
  { meta: { faults: [105] } },
  async () => {
    const results = Object.entries(FAULTS).map(async ([fault, startProxy]) => {
      const proxy = await startProxy();
      // Without `ca`, because parsing the other authorities takes long.
      const env = { https_proxy: `http://127.0.0.1:${proxy.port}` };
      const client = clientOf(PORTAL, { env, timeoutMs: 3_000 });
      const error = await errorOf(client.getBrokerCredentials());
      expect(error, fault).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
      expect(error.message, fault).toContain('through the proxy in https_proxy (');
      const { connections } = proxy;
      expect(connections, fault).toBeGreaterThan(0);
      expect(connections, fault).toBe(client.describe().requests);
      await expect.poll(() => proxy.open.size, { message: fault }).toBe(0);
      expect(proxy.connections, fault).toBe(connections);
    });
    await Promise.all(results);
  },
);

describe('a script', () => {
  it.each([
    ['closes each connection, without close()', close, { timeoutMs: 2_000, ending: '' }],
    ['never answers, without close()', () => undefined, { timeoutMs: 2_000, ending: '' }],
    ['never answers, at once after close()', () => undefined, { ending: 'await client.close();' }],
  ])(
    'exits by itself after a call through a proxy that %s',
    { meta: { faults: [83, 105] }, tags: ['not-in-mutation-run'], timeout: 30_000 },
    async (_, onSocket, { ending, ...options }) => {
      const proxy = await startListener(onSocket);
      const code = `
        const { QuixStreamingClient } = await import(${sourceUrl('src/index.ts')});
        const client = new QuixStreamingClient({
          token: 'sdk-x', workspaceId: 'w', portalApi: '${PORTAL}', ...${JSON.stringify(options)},
          env: { https_proxy: 'http://127.0.0.1:${proxy.port}' },
        });
        const signal = AbortSignal.timeout(500);
        await client.getBrokerCredentials({ signal }).catch(() => undefined);
        ${ending}
        const end = performance.now();
        process.on('exit', () => console.log(JSON.stringify(performance.now() - end)));`;
      expect(await runSource(code)).toBeLessThan(5_000);
      expect(proxy.connections).toBeLessThan(10);
    },
  );
});

describe('a proxy', () => {
  it.each(['ALL_PROXY', 'all_proxy'])(
    'in %s is used if no other variable contains a proxy',
    { meta: { faults: [28] } },
    async (name) => {
      const portal = await startPortal();
      const proxy = await startConnectProxy(tunnelTo(portal.port));
      await throughProxy({ [name]: proxy.url }).getBrokerCredentials();
      expect(proxy.heads).toHaveLength(1);
      const unused = await startConnectProxy(tunnelTo(portal.port));
      const env = { [name]: unused.url, https_proxy: proxy.url };
      await throughProxy(env).getBrokerCredentials();
      expect(proxy.heads).toHaveLength(2);
      expect(unused.heads).toEqual([]);
    },
  );

  it.each(['socks', 'socks5', 'socks5h'])(
    'with the scheme %s is refused, and the error contains the variable but not the password',
    { meta: { faults: [28] } },
    async (scheme) => {
      const proxy = await startListener(close);
      const password = randomSecret('pw');
      const env = { ALL_PROXY: `${scheme}://user:${password}@127.0.0.1:${proxy.port}` };
      const error = await errorOf(throughProxy(env).getBrokerCredentials());
      expect(error).toMatchObject({ code: 'QUIX_CONFIG', retryable: false });
      expect(error.message).toMatch(/ALL_PROXY has a SOCKS proxy.*HTTPS_PROXY.*NO_PROXY/);
      expectNoLeak(error, [password]);
      expect(proxy.connections).toBe(0);
    },
  );

  it(
    'that refuses the login causes a hint to check user name and password',
    { meta: { faults: [28] } },
    async () => {
      const proxy = await answerWith('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      const env = { https_proxy: `http://127.0.0.1:${proxy.port}` };
      const error = await errorOf(throughProxy(env, { timeoutMs: 2_000 }).getBrokerCredentials());
      expect(error.message).toContain('https_proxy (PROXY_STATUS_407)');
      expect(error.hint).toMatch(/user name.*password/);
    },
  );
});
