import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Agent } from 'undici';
import {
  createCertificateAuthority,
  createSelfSigned,
  type CertificateAuthority,
  type Identity,
} from '../support/certificates.ts';
import { startConnectProxy, tunnelTo } from '../support/connect-proxy.ts';
import { errorOf } from '../support/errors.ts';
import { startServer } from '../support/scripted-server.ts';
import { clientOf, good } from './scripted-portal.ts';

let authority: CertificateAuthority;
beforeAll(async () => {
  authority = await createCertificateAuthority('Private CA');
});
beforeEach(() => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
});

/** Certificates of the host 127.0.0.1 or portal.example that must be refused. */
const REFUSED: [string, boolean, (hosts: string[]) => Promise<Identity>][] = [
  ['of an unknown authority', false, (hosts) => authority.issue(hosts)],
  ['that is self-signed', false, (hosts) => createSelfSigned(hosts)],
  ['that has expired', true, (hosts) => authority.issue(hosts, { expired: true })],
  ['of another host', true, () => authority.issue(['other.example'])],
];

describe('with NODE_TLS_REJECT_UNAUTHORIZED=0, a server with a certificate', () => {
  it.each(REFUSED)(
    '%s does not receive the token',
    { meta: { faults: [103] } },
    async (_, isTrusted, create) => {
      const options = isTrusted ? { ca: authority.certificate } : {};
      const server = await startServer(good, await create(['127.0.0.1']));
      const error = await errorOf(clientOf(server.origin, options).getBrokerCredentials());
      expect(error).toMatchObject({ code: 'QUIX_PORTAL_TLS', retryable: false });
      expect(server.heads).toEqual([]);
    },
  );

  it.each(REFUSED)(
    '%s does not receive the token through a proxy',
    { meta: { faults: [103] } },
    async (_, isTrusted, create) => {
      const options = isTrusted ? { ca: authority.certificate } : {};
      const server = await startServer(good, await create(['portal.example']));
      const proxy = await startConnectProxy(tunnelTo(server.port));
      const env = { https_proxy: proxy.url };
      const client = clientOf('https://portal.example', { ...options, env });
      expect((await errorOf(client.getBrokerCredentials())).code).toBe('QUIX_PORTAL_TLS');
      expect(proxy.heads).toHaveLength(1);
      expect(server.heads).toEqual([]);
    },
  );

  it.each(REFUSED)(
    '%s does not receive a CONNECT request as an https proxy',
    { meta: { faults: [103] } },
    async (_, isTrusted, create) => {
      const options = isTrusted ? { ca: authority.certificate } : {};
      const server = await startServer(good, await authority.issue(['portal.example']));
      const proxy = await startConnectProxy(tunnelTo(server.port), await create(['127.0.0.1']));
      const env = { https_proxy: proxy.url };
      const client = clientOf('https://portal.example', { ...options, env });
      expect((await errorOf(client.getBrokerCredentials())).code).toBe('QUIX_PORTAL_TLS');
      expect(proxy.heads).toEqual([]);
    },
  );
});

it(
  'a certificate of another host is refused once if the Portal behind a proxy is an IP address',
  { meta: { faults: [103, 105] } },
  async () => {
    const server = await startServer(good, await authority.issue(['other.example']));
    const proxy = await startConnectProxy(tunnelTo(server.port));
    const options = { ca: authority.certificate, env: { https_proxy: proxy.url } };
    const error = await errorOf(clientOf('https://192.0.2.1', options).getBrokerCredentials());
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_TLS', retryable: false });
    expect(proxy.heads).toHaveLength(1);
    expect(server.heads).toEqual([]);
  },
);

it(
  "only the user's own dispatcher can turn the verification off",
  { meta: { faults: [103] } },
  async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', undefined);
    const server = await startServer(good, await createSelfSigned(['other.example']));
    const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
    onTestFinished(() => dispatcher.destroy());
    const client = clientOf(server.origin, { dispatcher });
    expect((await client.getBrokerCredentials()).generation).toBe(1);
  },
);
