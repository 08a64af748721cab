import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  QuixStreamingClient,
  type QuixError,
  type QuixErrorCode,
  type QuixWarningCode,
} from 'quix-streams-auth';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { describe, expect, it, vi } from 'vitest';
import { createCertificateAuthority, createSelfSigned } from './support/certificates.ts';
import { errorOf, errorThrown } from './support/errors.ts';
import { randomSecret } from './support/leaks.ts';
import { failureOfOne } from './support/portal-access.ts';
import { closeAfterEach, makeClient, startPortal } from './support/portal-clients.ts';
import {
  answer,
  closedPort,
  finish,
  reset,
  startListener,
  startServer,
} from './support/scripted-server.ts';
import { messagesOf, readSource, unknown } from './support/troubleshooting.ts';

closeAfterEach();

const require = createRequire(import.meta.url);
const folderOf = (name: string): string => dirname(require.resolve(name));
const codesOf = (section: string): string[] =>
  messagesOf(section).map((each) => each.replaceAll('`', ''));

describe('docs/troubleshooting.md', () => {
  it('has a row for every error code, and for no other code', () => {
    const codes: Record<QuixErrorCode, true> = {
      QUIX_TOKEN_MISSING: true,
      QUIX_TOKEN_INVALID: true,
      QUIX_TOKEN_SOURCE_FAILED: true,
      QUIX_TOKEN_REJECTED: true,
      QUIX_FORBIDDEN: true,
      QUIX_WORKSPACE_NOT_FOUND: true,
      QUIX_WORKSPACE_AMBIGUOUS: true,
      QUIX_WORKSPACE_NONE: true,
      QUIX_WORKSPACE_CHANGED: true,
      QUIX_TOPIC_NOT_FOUND: true,
      QUIX_TOPIC_FAILED: true,
      QUIX_TOPIC_TIMEOUT: true,
      QUIX_PORTAL_UNAVAILABLE: true,
      QUIX_PORTAL_TLS: true,
      QUIX_PORTAL_REDIRECT: true,
      QUIX_BAD_RESPONSE: true,
      QUIX_CREDENTIALS_REFUSED: true,
      QUIX_UNSUPPORTED: true,
      QUIX_CONFIG: true,
      QUIX_CLIENT_CLOSED: true,
    };
    expect(new Set(codesOf('Error codes'))).toEqual(new Set(Object.keys(codes)));
  });

  it('has one row for every warning code, and for no other code', () => {
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
      PORTAL_ENTRY_SKIPPED: true,
      BROKER_NOT_ENCRYPTED: true,
      BROKER_SETTING_IGNORED: true,
      BROKER_VARIABLE_IGNORED: true,
      KAFKA_CLIENT_OUTDATED: true,
      KAFKA_LOGIN_REFUSED: true,
      CA_CHANGED: true,
    };
    expect(codesOf('Warnings').sort()).toEqual(Object.keys(codes).sort());
  });

  it('quotes the messages of kafkajs exactly', () => {
    const messages = messagesOf('kafkajs');
    const node = ['ECONNREFUSED', 'getaddrinfo', 'certificate', 'secure TLS', 'TimeoutNegative'];
    const kafkajs = messages.filter((each) => !node.some((word) => each.includes(word)));
    expect(kafkajs.length).toBeGreaterThan(10);
    const source = readSource(folderOf('kafkajs/package.json'), /^(?:src|index).*\.js$/);
    // kafkajs builds this text from the definition of the request.
    expect(unknown(kafkajs, `${source} Response SaslAuthenticate(key: 36, version: 1)`)).toEqual(
      [],
    );
  });

  it('explains a warning that kafkajs causes with a timer of a negative duration', () => {
    expect(messagesOf('kafkajs')).toContain('`TimeoutNegativeWarning: … is a negative number.`');
    const timer = vi.spyOn(globalThis, 'setTimeout').mockReturnThis();
    const RequestQueue = require('kafkajs/src/network/requestQueue') as new (options: object) => {
      checkPendingRequests(): void;
    };
    const logger = { namespace: () => ({}) };
    new RequestQueue({ requestTimeout: 30_000, logger }).checkPendingRequests();
    expect(timer).toHaveBeenCalledOnce();
    expect(timer.mock.calls[0]?.[1]).toBeLessThan(0);
  });

  it('quotes the messages of @platformatic/kafka exactly', () => {
    // Node's own message is not in the source of the package.
    const messages = messagesOf('@platformatic/kafka').filter(
      (each) => !each.includes('withResolvers'),
    );
    expect(messages.length).toBeGreaterThan(5);
    const folder = dirname(require.resolve('@platformatic/kafka'));
    expect(unknown(messages, readSource(folder, /\.js$/))).toEqual([]);
  });

  it('quotes the messages of quix-auth exactly', () => {
    const messages = messagesOf('The command quix-auth');
    expect(messages.length).toBeGreaterThan(5);
    expect(unknown(messages, readSource('src/cli', /\.ts$/))).toEqual([]);
  });

  it('quotes the codes and messages of undici exactly', () => {
    const messages = messagesOf('Node and undici').filter((each) => /UND_ERR|fetch/.test(each));
    expect(messages).toHaveLength(5);
    const folder = join(folderOf('undici'), 'lib');
    expect(unknown(messages, readSource(folder, /\.js$/))).toEqual([]);
  });
});

const HOST = /^https?:\/\/(.*)$/;

/** Provokes an error, with the facts that the page says its message contains. */
const FACTS: readonly [
  code: QuixErrorCode,
  facts: string,
  provoke: (portal: PortalEmulator) => Promise<{ error: QuixError; facts: readonly string[] }>,
][] = [
  [
    'QUIX_TOKEN_MISSING',
    'the sources and a variable with a similar name',
    () => {
      const env = { QUIX__SDK__TOKEN: randomSecret() };
      const error = errorThrown(() => new QuixStreamingClient({ tokenEnvVar: 'MY_TOKEN', env }));
      const facts = ['MY_TOKEN', 'Quix__Sdk__Token', 'tokenFile', 'QUIX__SDK__TOKEN'];
      return Promise.resolve({ error, facts });
    },
  ],
  [
    'QUIX_TOKEN_INVALID',
    'the source, the position and the character',
    () => {
      const token = randomSecret();
      const env = { MY_TOKEN: `${token}\u2026` };
      const error = errorThrown(() => new QuixStreamingClient({ tokenEnvVar: 'MY_TOKEN', env }));
      return Promise.resolve({ error, facts: ['MY_TOKEN', String(token.length + 1), 'U+2026'] });
    },
  ],
  [
    'QUIX_TOKEN_SOURCE_FAILED',
    'the token file and its problem',
    async (portal) => {
      const tokenFile = '/no/such/file';
      const error = await errorOf(makeClient(portal, { tokenFile }).getBrokerCredentials());
      return { error, facts: [tokenFile, 'ENOENT'] };
    },
  ],
  [
    'QUIX_TOKEN_SOURCE_FAILED',
    'timeoutMs when a token function does not finish',
    async (portal) => {
      const token = (): Promise<string> => new Promise<string>(() => undefined);
      const client = makeClient(portal, { token, timeoutMs: 100 });
      return { error: await errorOf(client.getBrokerCredentials()), facts: ['timeoutMs'] };
    },
  ],
  [
    'QUIX_TOKEN_REJECTED',
    'the host, the status and the source',
    async (portal) => {
      portal.revokeToken(portal.token1);
      const error = await errorOf(makeClient(portal).getBrokerCredentials());
      return { error, facts: [portal.url.replace(HOST, '$1'), '401', 'Quix__Sdk__Token'] };
    },
  ],
  [
    'QUIX_WORKSPACE_NOT_FOUND',
    'the workspace, the host and the closest name',
    async (portal) => {
      const workspaceId = 'org-project-dve';
      const token = portal.addToken({ workspaces: [portal.workspaceId] });
      const error = await errorOf(
        makeClient(portal, { token, workspaceId }).getBrokerCredentials(),
      );
      return { error, facts: [workspaceId, portal.url.replace(HOST, '$1'), portal.workspaceId] };
    },
  ],
  [
    'QUIX_PORTAL_UNAVAILABLE',
    'the host and the status',
    async (portal) => {
      portal.faults.push({ status: 503, times: Infinity });
      const client = makeClient(portal, { timeoutMs: 500 });
      const error = await errorOf(client.getBrokerCredentials());
      return { error, facts: [portal.url.replace(HOST, '$1'), '503'] };
    },
  ],
  [
    'QUIX_PORTAL_REDIRECT',
    'the status and the origin of the target, without its path',
    async (portal) => {
      const location = 'https://portal.example/sign-in';
      portal.faults.push({ status: 302, headers: { location } });
      const error = await errorOf(makeClient(portal).getBrokerCredentials());
      expect(error.message).not.toContain('sign-in');
      return { error, facts: ['302', 'portal.example'] };
    },
  ],
  [
    'QUIX_TOPIC_NOT_FOUND',
    'the topic, the workspace and the closest name',
    async (portal) => {
      const create = { create: false };
      const error = await errorOf(makeClient(portal).getTopic('f1-dta', create));
      return { error, facts: ['f1-dta', portal.workspaceId, 'f1-data'] };
    },
  ],
  [
    'QUIX_CONFIG',
    'the option',
    () => {
      const env = { Quix__Sdk__Token: randomSecret() };
      const error = errorThrown(() => new QuixStreamingClient({ env, timeoutMs: -1 }));
      return Promise.resolve({ error, facts: ['timeoutMs'] });
    },
  ],
  [
    'QUIX_CONFIG',
    'the kind of a name that is not valid',
    async (portal) => {
      const error = await errorOf(makeClient(portal).getConsumerGroup('a\nb'));
      return { error, facts: ['consumer group'] };
    },
  ],
  [
    'QUIX_CONFIG',
    'the wrong property of a permission query',
    async (portal) => {
      const query = { resourceType: 'Workspace', resourceId: portal.workspaceId, permission: '' };
      const error = await errorOf(makeClient(portal).checkPermission(query));
      return { error, facts: ['checkPermission()', 'permission'] };
    },
  ],
];

it.each(FACTS)('the message of %s names %s', async (code, _facts, provoke) => {
  const { error, facts } = await provoke(await startPortal({ topics: ['f1-data'] }));
  expect(error.code).toBe(code);
  for (const fact of facts) expect(error.message).toContain(fact);
});

describe('a fault of the network or of TLS has the code of Node that docs/troubleshooting.md lists:', () => {
  const known = codesOf('Node and undici');
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
  ])('causes the code %s, which docs/troubleshooting.md lists', async (code, start) => {
    expect(known).toContain(code);
    expect((await failureOfOne(await start())).cause).toMatchObject({ code });
  });

  it('causes a code of OpenSSL, which docs/troubleshooting.md lists, for https to a port that speaks http', async () => {
    const { port } = await startListener((socket) => socket.end('HTTP/1.1 400 No\r\n\r\n'));
    const { cause } = await failureOfOne(origin(port));
    // The code differs between OpenSSL 3.0 and 3.5.
    expect(known).toContain((cause as { code?: string }).code);
    expect((cause as { code?: string }).code).toMatch(/^ERR_SSL_/);
  });

  it.each([
    ['CERT_HAS_EXPIRED', ['127.0.0.1'], { expired: true }],
    ['ERR_TLS_CERT_ALTNAME_INVALID', ['portal.example'], {}],
  ])('causes the code %s, which docs/troubleshooting.md lists', async (code, hosts, options) => {
    expect(known).toContain(code);
    const authority = await createCertificateAuthority();
    const { origin } = await startServer(answer(200), await authority.issue(hosts, options));
    const failure = await failureOfOne(origin, { ca: authority.certificate });
    expect(failure.cause).toMatchObject({ code });
  });
});
