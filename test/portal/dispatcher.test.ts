import tls, { rootCertificates } from 'node:tls';
import { describe, expect, it, vi } from 'vitest';
import {
  createDispatcher,
  proxyVariable,
  type DispatcherOptions,
} from '../../src/portal/dispatcher.ts';
import { failureOf } from '../support/portal-access.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';

const PORTAL = 'https://portal.example';

/** What undici is told; nothing is connected. */
function made(options: Partial<DispatcherOptions> = {}, portal = PORTAL) {
  const record = (kind: string) =>
    class {
      readonly kind = kind;
      readonly options: Record<string, unknown>;
      constructor(given: Record<string, unknown>) {
        this.options = given;
      }
    };
  const undici = {
    Agent: record('Agent'),
    EnvHttpProxyAgent: record('EnvHttpProxyAgent'),
    request: () => Promise.reject(new Error('not here')),
  };
  return createDispatcher(undici as never, new URL(portal), {
    env: {},
    connectTimeoutMs: 1_234,
    ...options,
  }) as unknown as { kind: string; options: Record<string, unknown> };
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
    [{ no_proxy: '*' }, undefined],
  ])('of %j is %s', (env, name) => {
    expect(proxyVariable(new URL(PORTAL), env)).toBe(name);
  });

  it.each(['http://localhost:1', 'http://127.0.0.1', 'https://127.1:8443', 'https://[::1]'])(
    'is none for %s, which is on this machine',
    (portal) => {
      const env = { https_proxy: 'http://p', http_proxy: 'http://p' };
      expect(proxyVariable(new URL(portal), env)).toBeUndefined();
    },
  );
});

describe('createDispatcher', () => {
  it('connects directly, in time, where no proxy is set', () => {
    vi.stubEnv('https_proxy', 'http://proxy.example'); // of the process, not of the client
    expect(made()).toMatchObject({ kind: 'Agent', options: { connect: { timeout: 1_234 } } });
  });

  it('asks the proxies of the environment at hand, and no others', () => {
    vi.stubEnv('http_proxy', 'http://process.example');
    vi.stubEnv('no_proxy', '*');
    const env = { https_proxy: 'http://proxy.example:3128' };
    expect(made({ env })).toMatchObject({
      kind: 'EnvHttpProxyAgent',
      options: { httpsProxy: 'http://proxy.example:3128', httpProxy: '', noProxy: '' },
    });
  });

  it('hands over the exceptions', () => {
    const env = { HTTPS_PROXY: 'http://proxy.example', NO_PROXY: ' .example, 10.0.0.1:8443 ' };
    expect(made({ env }).options['noProxy']).toBe('.example, 10.0.0.1:8443');
  });

  it('limits the time to connect to a proxy, and through it', () => {
    const { options } = made({ env: { https_proxy: 'http://proxy.example' } });
    expect(options).toMatchObject({
      connect: { timeout: 1_234 },
      proxyTls: { timeout: 1_234 },
      requestTls: { timeout: 1_234 },
    });
  });

  it.each([
    ['proxy.example:3128', 'http://proxy.example:3128'],
    ['10.0.0.1', 'http://10.0.0.1'],
    ['https://proxy.example', 'https://proxy.example'],
    ['socks5://proxy.example', 'socks5://proxy.example'],
    ['http://user:p%40ss@proxy.example', 'http://user:p%40ss@proxy.example'],
  ])('takes %s for a proxy', (given, proxy) => {
    expect(made({ env: { https_proxy: given } }).options['httpsProxy']).toBe(proxy);
  });

  it('names the variable that is no URL of a proxy, and quotes nothing of it', async () => {
    const secret = randomSecret('');
    for (const proxy of [
      `http://user:${secret}@`,
      `http://user:${secret}@proxy.example:99999`,
      `http://user:${secret}%@proxy.example`,
      `ftp://user:${secret}@proxy.example`,
      `xhttp://user:${secret}@proxy.example`,
      `http://${secret} proxy`,
    ]) {
      for (const name of ['HTTPS_PROXY', 'http_proxy']) {
        const error = await failureOf(() => made({ env: { [name]: proxy } }));
        expect(error).toMatchObject({ code: 'QUIX_CONFIG', retryable: false });
        expect(error.message).toContain(`The environment variable ${name} is no URL of a proxy.`);
        expect(error.hint).toBe('Use the form http://host:port, or unset it.');
        expectNoLeak(error, [secret]);
      }
    }
  });

  it("trusts the extra certificates besides Node's own, through a proxy as well", () => {
    const create = vi.spyOn(tls, 'createSecureContext');
    const [first = '', second = ''] = rootCertificates;
    for (const ca of [first, [first, second]]) {
      create.mockClear();
      const { options } = made({ ca, env: { https_proxy: 'http://p' } });
      expect(create).toHaveBeenCalledTimes(1); // it takes its time
      const trusted = create.mock.calls[0]?.[0]?.ca as string[];
      expect(trusted.slice(-[ca].flat().length)).toEqual([ca].flat());
      expect(trusted.length).toBeGreaterThan(100);
      const secureContext = create.mock.results[0]?.value as object;
      for (const each of ['connect', 'proxyTls', 'requestTls'])
        expect(options[each]).toEqual({ secureContext, timeout: 1_234 });
      expect(made({ ca }).options['connect']).toHaveProperty('secureContext');
    }
  });

  it('leaves it to Node whom to trust where no certificate is given', () => {
    expect(made().options['connect']).toEqual({ timeout: 1_234 });
    const { options } = made({ env: { https_proxy: 'http://p' } });
    for (const each of ['proxyTls', 'requestTls', 'connect'])
      expect(options[each]).toEqual({ timeout: 1_234 });
  });

  it('does not mind an unreadable NODE_EXTRA_CA_CERTS, of which Node has warned', () => {
    vi.stubEnv('NODE_EXTRA_CA_CERTS', '/nonexistent/ca.pem');
    const { options } = made({ ca: rootCertificates[0] });
    expect(options['connect']).toHaveProperty('secureContext');
  });
});
