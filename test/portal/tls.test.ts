import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { getWorkspaces } from '../../src/portal/index.ts';
import {
  createCertificateAuthority,
  createSelfSigned,
  type CertificateAuthority,
} from '../support/certificates.ts';
import {
  failureOf,
  failureOfOne,
  makeSession,
  sendOne,
  type SessionOptions,
} from '../support/portal-access.ts';
import { runSource, sourceUrl } from '../support/run-source.ts';
import {
  answer,
  reset,
  type Script,
  stall,
  startListener,
  startServer,
} from '../support/scripted-server.ts';

const LIST = [{ workspaceId: 'w' }];
const list: Script = answer(200, LIST);

let authority: CertificateAuthority;
let otherAuthority: CertificateAuthority;
let ca: string;

beforeAll(async () => {
  authority = await createCertificateAuthority('Private CA');
  otherAuthority = await createCertificateAuthority('Another CA');
  ca = authority.certificate;
});

async function startTls(hosts = ['127.0.0.1'], options: { expired?: boolean } = {}) {
  return startServer(list, await authority.issue(hosts, options));
}

const request = (origin: string, options: SessionOptions = {}) =>
  sendOne(makeSession(origin, options), getWorkspaces());

describe('a Portal certificate', () => {
  it('of a private authority is not trusted, and the token is not sent', async () => {
    const server = await startTls();
    const error = await failureOf(() => request(server.origin));
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_TLS', retryable: false });
    expect(error.message).toContain(server.host);
    expect(error.cause).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    expect(error.hint).toMatch(/`ca`.*NODE_EXTRA_CA_CERTS/);
    expect(error.message).not.toMatch(/reject_?unauthorized/i);
    expect(server.heads).toEqual([]);
    expect(server.connections).toBe(1);
  });

  it('of a private authority is trusted when the option `ca` contains that authority', async () => {
    const server = await startTls();
    expect(await request(server.origin, { ca })).toEqual(LIST);
    expect(await request(server.origin, { ca: [otherAuthority.certificate, ca] })).toEqual(LIST);
    expect(await request(server.origin, { ca: otherAuthority.certificate + ca })).toEqual(LIST);
  });

  it('of an authority that `ca` does not contain is not trusted', async () => {
    const server = await startTls();
    const error = await failureOf(() => request(server.origin, { ca: otherAuthority.certificate }));
    expect(error.code).toBe('QUIX_PORTAL_TLS');
  });

  it('that is self-signed is not trusted', async () => {
    const server = await startServer(list, await createSelfSigned(['127.0.0.1']));
    const error = await failureOf(() => request(server.origin));
    expect(error.code).toBe('QUIX_PORTAL_TLS');
    expect(error.cause).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(server.heads).toEqual([]);
  });

  it('that has expired is not accepted, although its authority is trusted', async () => {
    const server = await startTls(['127.0.0.1'], { expired: true });
    const error = await failureOf(() => request(server.origin, { ca }));
    expect(error.code).toBe('QUIX_PORTAL_TLS');
    expect(error.cause).toMatchObject({ code: 'CERT_HAS_EXPIRED' });
    expect(server.heads).toEqual([]);
  });

  it('for another host is not accepted, although its authority is trusted', async () => {
    const server = await startTls(['portal.example', '127.0.0.2']);
    const error = await failureOf(() => request(server.origin, { ca }));
    expect(error.code).toBe('QUIX_PORTAL_TLS');
    expect(error.cause).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(error.message).not.toContain('portal.example'); // Node's own message quotes the certificate
    expect(server.heads).toEqual([]);
  });
});

describe('a TLS handshake with the Portal', () => {
  it('is tried once when the server answers in plain HTTP', async () => {
    const server = await startListener((socket) =>
      socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    const error = await failureOf(() => request(`https://${server.host}`));
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_TLS', retryable: false });
    expect(error.hint).toContain('does not speak TLS');
    expect(server.connections).toBe(1);
  });

  it('is repeated when the connection is reset', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    let connections = 0;
    const server = await startListener((socket) => {
      if (++connections < 3) reset(socket);
      else socket.end('not TLS');
    });
    const error = await failureOf(() => request(`https://${server.host}`));
    expect(error.code).toBe('QUIX_PORTAL_TLS');
    expect(connections).toBe(3);
  });

  it('ends after the connect timeout when it is never answered', async () => {
    const server = await startListener(stall);
    const error = await failureOfOne(`https://${server.host}`, { connectTimeoutMs: 100 });
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
    expect(error.message).toContain('UND_ERR_CONNECT_TIMEOUT');
  });

  it('ends at the deadline of the call when that is earlier', async () => {
    const server = await startListener(stall);
    const start = performance.now();
    const error = await failureOf(() =>
      request(`https://${server.host}`, { connectTimeoutMs: 60_000, timeoutMs: 150 }),
    );
    expect(error.message).toContain('150 ms');
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

describe('NODE_EXTRA_CA_CERTS', () => {
  it('stays in effect when the option `ca` is set', async () => {
    const identity = await authority.issue(['127.0.0.1']);
    const server = await startServer([list, answer(200, LIST[0])], identity);
    const folder = await mkdtemp(join(tmpdir(), 'quix-ca-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'ca.pem');
    await writeFile(file, ca);
    const code = `
      import { QuixStreamingClient } from ${sourceUrl('src/index.ts')};
      const client = new QuixStreamingClient({
        token: 'sdk-x', portalApi: process.env.PORTAL, ca: process.env.OTHER_CA, env: {},
      });
      const result = await client.getWorkspace().catch((error) => error);
      console.log(JSON.stringify(result.code ?? result.id));
      await client.close();`;
    const run = (NODE_EXTRA_CA_CERTS: string): Promise<unknown> =>
      runSource(code, {
        PORTAL: server.origin,
        OTHER_CA: otherAuthority.certificate,
        NODE_EXTRA_CA_CERTS,
      });
    expect(await Promise.all([run(file), run('')])).toEqual(['w', 'QUIX_PORTAL_TLS']);
  });
});
