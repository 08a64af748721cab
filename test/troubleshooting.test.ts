import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { QuixWarningCode } from 'quix-streams-auth';
import { describe, expect, it } from 'vitest';
import { createCertificateAuthority, createSelfSigned } from './support/certificates.ts';
import { failureOfOne } from './support/portal-access.ts';
import {
  answer,
  closedPort,
  finish,
  reset,
  startListener,
  startServer,
} from './support/scripted-server.ts';
import { messagesOf, readSource, unknown } from './support/troubleshooting.ts';

const require = createRequire(import.meta.url);
const folderOf = (name: string): string => dirname(require.resolve(name));
const own = readSource(fileURLToPath(new URL('../src', import.meta.url)), /\.ts$/);

describe('docs/troubleshooting.md quotes messages as they are printed:', () => {
  it('those of this package', () => {
    const messages = messagesOf('This package').filter((each) => !/^`[A-Z_]+`/.test(each));
    expect(messages.length).toBeGreaterThan(20);
    expect(unknown(messages, own.replace(/\$\{[^}]*\}/g, '…').replaceAll('\\', ''))).toEqual([]);
  });

  it('each warning of this package, and no other', () => {
    const codes: Record<QuixWarningCode, true> = {
      TOKEN_BLANK: true,
      TOKEN_VARIABLE_UNSET: true,
      TOKEN_CLEANED: true,
      TOKEN_EXPIRED: true,
      TOKEN_EXPIRES_SOON: true,
      TOKEN_NOT_YET_VALID: true,
      TOKEN_FALLBACK_FAILED: true,
      TOKEN_FILE_UNREADABLE: true,
      WORKSPACE_NOT_READY: true,
      WORKSPACE_VARIABLE_IGNORED: true,
      BROKER_NOT_ENCRYPTED: true,
      KAFKA_CLIENT_OUTDATED: true,
      KAFKA_LOGIN_REFUSED: true,
      CA_CHANGED: true,
    };
    const rows = messagesOf('This package').filter((each) => /^`[A-Z_]+`/.test(each));
    const named = rows.flatMap((row) => row.split(', ').map((each) => each.replaceAll('`', '')));
    expect(named.sort()).toEqual(Object.keys(codes).sort());
  });

  it("kafkajs'", () => {
    const messages = messagesOf('kafkajs');
    const node = ['ECONNREFUSED', 'getaddrinfo', 'certificate', 'secure TLS'];
    const kafkajs = messages.filter((each) => !node.some((word) => each.includes(word)));
    expect(kafkajs.length).toBeGreaterThan(10);
    const source = readSource(folderOf('kafkajs/package.json'), /^(?:src|index).*\.js$/);
    // The name and number of a request are put together from its definition.
    expect(unknown(kafkajs, `${source} Response SaslAuthenticate(key: 36, version: 1)`)).toEqual(
      [],
    );
  });

  it("@platformatic/kafka's", () => {
    const messages = messagesOf('@platformatic/kafka').filter(
      (each) => !/withResolvers|no place to give/.test(each),
    );
    expect(messages.length).toBeGreaterThan(5);
    const folder = dirname(require.resolve('@platformatic/kafka'));
    expect(unknown(messages, readSource(folder, /\.js$/))).toEqual([]);
  });

  it("undici's", () => {
    const messages = messagesOf('Node and undici').filter((each) => /UND_ERR|fetch/.test(each));
    expect(messages).toHaveLength(5);
    const folder = join(folderOf('undici'), 'lib');
    expect(unknown(messages, readSource(folder, /\.js$/))).toEqual([]);
  });
});

describe("Node's codes of docs/troubleshooting.md", () => {
  const known = messagesOf('Node and undici').flatMap((each) =>
    each.replaceAll('`', '').split(', '),
  );
  const origin = (port: number): string => `https://127.0.0.1:${port}`;

  it.each([
    ['ECONNREFUSED', async () => origin(await closedPort())],
    ['ECONNRESET', async () => (await startServer(reset)).origin],
    ['UND_ERR_SOCKET', async () => (await startServer(finish)).origin],
    [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      async () => (await startServer(answer(200), await createSelfSigned(['127.0.0.1']))).origin,
    ],
    [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      async () => {
        const authority = await createCertificateAuthority();
        return (await startServer(answer(200), await authority.issue(['127.0.0.1']))).origin;
      },
    ],
    [
      'SELF_SIGNED_CERT_IN_CHAIN',
      async () => {
        const authority = await createCertificateAuthority();
        const { certificate, key } = await authority.issue(['127.0.0.1']);
        const chain = { key, certificate: certificate + authority.certificate };
        return (await startServer(answer(200), chain)).origin;
      },
    ],
  ])('%s is met as it says', async (code, start) => {
    expect(known).toContain(code);
    expect((await failureOfOne(await start())).cause).toMatchObject({ code });
  });

  it('https to a port that speaks http is met as it says', async () => {
    const { port } = await startListener((socket) => socket.end('HTTP/1.1 400 No\r\n\r\n'));
    const { cause } = await failureOfOne(origin(port));
    // OpenSSL 3.5 has another name for it than 3.0.
    expect(known).toContain((cause as { code?: string }).code);
    expect((cause as { code?: string }).code).toMatch(/^ERR_SSL_/);
  });

  it.each([
    ['CERT_HAS_EXPIRED', ['127.0.0.1'], { expired: true }],
    ['ERR_TLS_CERT_ALTNAME_INVALID', ['portal.example'], {}],
  ])('%s is met as it says', async (code, hosts, options) => {
    expect(known).toContain(code);
    const authority = await createCertificateAuthority();
    const { origin } = await startServer(answer(200), await authority.issue(hosts, options));
    const failure = await failureOfOne(origin, { ca: authority.certificate });
    expect(failure.cause).toMatchObject({ code });
  });
});
