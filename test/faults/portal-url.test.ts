import { describe, expect, it } from 'vitest';
import { QuixStreamingClient, type QuixClientOptions } from 'quix-streams-auth';
import { createCertificateAuthority, createSelfSigned } from '../support/certificates.ts';
import { startConnectProxy, tunnelTo } from '../support/connect-proxy.ts';
import { errorOf, errorThrown } from '../support/errors.ts';
import { randomSecret } from '../support/leaks.ts';
import { closedPort, startServer } from '../support/scripted-server.ts';
import { clientOf, good } from './scripted-portal.ts';

const problemOf = (portalApi: string, others: QuixClientOptions = {}) =>
  errorThrown(
    () => new QuixStreamingClient({ token: randomSecret(), portalApi, env: {}, ...others }),
  );

describe('the Portal URL', () => {
  it.each([
    'http://portal.example',
    'http://127.0.0.1.evil.example',
    'http://10.0.0.1',
    'http://localhost.evil.example',
  ])(
    'is rejected before the token is read when it is http to another machine: %s',
    { meta: { faults: [23] } },
    (portalApi) => {
      let reads = 0;
      const token = (): string => {
        reads++;
        return randomSecret();
      };
      expect(problemOf(portalApi, { token }).code).toBe('QUIX_CONFIG');
      expect(reads).toBe(0);
    },
  );

  it.each([
    'http://127.0.0.1',
    'http://[::1]:80',
    'http://localhost',
    'http://LOCALHOST',
    'http://127.1',
    'http://0x7f.1',
  ])('may be http on the loopback interface: %s', { meta: { faults: [24] } }, (portalApi) => {
    expect(
      () => new QuixStreamingClient({ token: randomSecret(), portalApi, env: {} }),
    ).not.toThrow();
  });

  it(
    'is rejected without being repeated when it contains a user name and password',
    { meta: { faults: [25] } },
    () => {
      const error = problemOf('https://someone:geheimnis@portal.example');
      expect(error.code).toBe('QUIX_CONFIG');
      expect(error.message).not.toMatch(/someone|geheimnis/);
    },
  );

  it.each(['', '/', '//', '/base', '/base/', '/base/path//'])(
    'keeps the base path %j without duplicate slashes',
    { meta: { faults: [26] } },
    async (path) => {
      const server = await startServer(good);
      await clientOf(
        server.origin.toUpperCase().replace('HTTP', 'http') + path,
      ).getBrokerCredentials();
      const base = path.replace(/\/+$/, '');
      expect(server.heads[0]).toContain(
        `GET ${base}/workspaces/org-project-dev/broker/librdkafka HTTP`,
      );
    },
  );

  it.each(['https://portal.example/?a=b', 'https://portal.example/#top'])(
    'is rejected when it has a query or a fragment: %s',
    { meta: { faults: [26] } },
    (portalApi) => {
      expect(problemOf(portalApi).code).toBe('QUIX_CONFIG');
    },
  );

  it(
    'has its default when the variable is blank, and a wrong value is reported with the name of the variable',
    { meta: { faults: [27] } },
    () => {
      const env = { Quix__Sdk__Token: randomSecret(), Quix__Portal__Api: ' ' };
      expect(new QuixStreamingClient({ env }).describe().portal).toBe(
        'https://portal-api.cloud.quix.io',
      );
      const wrong = errorThrown(
        () => new QuixStreamingClient({ env: { ...env, Quix__Portal__Api: 'portal' } }),
      );
      expect(wrong.message).toContain('Quix__Portal__Api');
    },
  );

  it(
    'is reached through the proxy in HTTPS_PROXY, which is named when the proxy fails',
    { meta: { faults: [28] } },
    async () => {
      const authority = await createCertificateAuthority();
      const server = await startServer(good, await authority.issue(['portal.example']));
      const proxy = await startConnectProxy(tunnelTo(server.port));
      const options = { ca: authority.certificate, timeoutMs: 5_000 };
      const through = (url: string, timeoutMs: number) =>
        clientOf('https://portal.example', {
          ...options,
          timeoutMs,
          env: { HTTPS_PROXY: url },
        }).getBrokerCredentials();
      expect((await through(proxy.url, 5_000)).generation).toBe(1);
      expect(proxy.heads[0]).toContain('CONNECT portal.example:443');
      const error = await errorOf(through(`http://127.0.0.1:${await closedPort()}`, 2_000));
      expect(error.code).toBe('QUIX_PORTAL_UNAVAILABLE');
      expect(error.message).toMatch(/HTTPS_PROXY/i);
    },
  );

  it.each(['self-signed', 'issued by an unknown authority', 'expired', 'issued for another host'])(
    'gets no token and no second attempt when the certificate is %s',
    { meta: { faults: [29] } },
    async (kind) => {
      const authority = await createCertificateAuthority();
      const identities: Record<string, () => ReturnType<typeof createSelfSigned>> = {
        'self-signed': () => createSelfSigned(['127.0.0.1']),
        'issued by an unknown authority': () => authority.issue(['127.0.0.1']),
        expired: () => authority.issue(['127.0.0.1'], { expired: true }),
        'issued for another host': () => authority.issue(['portal.example']),
      };
      const server = await startServer(good, await identities[kind]?.());
      const isTrusted = kind === 'expired' || kind === 'issued for another host';
      const client = clientOf(server.origin, isTrusted ? { ca: authority.certificate } : {});
      const error = await errorOf(client.getBrokerCredentials());
      expect(error).toMatchObject({ code: 'QUIX_PORTAL_TLS', retryable: false });
      expect(error.message).not.toMatch(/reject_?unauthorized/i);
      expect(server.heads).toEqual([]);
      expect(server.connections).toBe(1);
    },
  );
});
