import { describe, expect, it } from 'vitest';
import { QuixError, type QuixClientOptions } from 'quix-streams-auth';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { answer, startServer, type Script } from '../support/scripted-server.ts';
import { clientOf, SETTINGS } from './scripted-portal.ts';

const workspace = { workspaceId: 'org-dev', name: 'dev', status: 'Ready' };
const topic = { id: 'org-dev-orders', name: 'orders', status: 'Ready' };
const hexOf = (text: string): string => Buffer.from(text).toString('hex');

type Reply = (method: string, path: string) => readonly [status: number, body: unknown] | undefined;

/**
 * Calls every method of a client that reads text of the Portal. Returns everything that a program
 * can see: results, errors, warnings, log lines of every level, and the description.
 */
async function everythingSeen(reply: Reply, options: QuixClientOptions = {}): Promise<unknown[]> {
  const script: Script = (socket, head) => {
    const [method = '', path = ''] = head.split(' ');
    const bodies: Record<string, unknown> = {
      '/workspaces': [workspace],
      '/workspaces/org-dev': workspace,
      '/workspaces/org-dev/broker/librdkafka': SETTINGS,
      '/org-dev/topics': method === 'GET' ? [topic] : topic,
      '/org-dev/topics/orders': topic,
    };
    const own = bodies[path];
    const [status, body] = reply(method, path) ?? [own === undefined ? 404 : 200, own ?? {}];
    socket.setNoDelay(true); // sends each of the many responses at once
    answer(status, body)(socket, head);
  };
  const server = await startServer(script);
  const seen: unknown[] = [];
  const log = (...args: unknown[]): void => void seen.push(args.map(String).join(' '));
  const logger = { debug: log, info: log, warn: log, error: log };
  const quix = clientOf(server.origin, {
    workspaceId: undefined,
    timeoutMs: 2_000,
    logger,
    ...options,
  });
  quix.on('warning', (warning) => seen.push(warning));
  const calls = [
    () => quix.getBrokerCredentials(),
    () => quix.getWorkspace(),
    () => quix.getTopics(),
    () => quix.getTopic('orders'),
    () => quix.getTopic('ordres', { create: false }),
    () => quix.getTopic('created'),
    () => quix.getTopic('other-topic', { create: false }),
  ];
  for (const call of calls) {
    try {
      seen.push(await call());
    } catch (error) {
      if (!(error instanceof QuixError)) throw error;
      seen.push(error);
    }
  }
  seen.push(quix.describe());
  return seen;
}

const asText = (value: unknown): string =>
  value instanceof QuixError
    ? [value.message, value.correlationId].join(' ')
    : JSON.stringify(value).replaceAll('\\"', '');

/** Fails if a text that was seen is long or contains a character that changes a terminal or a log. */
function expectPlain(texts: readonly string[]): void {
  for (const text of texts) {
    expect(text.length).toBeLessThan(2_000);
    // JSON.stringify() escapes control characters, so an escape sequence shows one.
    expect(text).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]|\\[nrtbfu]/u);
  }
}

const HOSTILE_TEXTS: readonly (readonly [string, (token: string) => string])[] = [
  ['the token', (token) => token],
  ['the token in hex', (token) => hexOf(token)],
  [
    'the token in hex capitals with colons',
    (token) => hexOf(token).toUpperCase().replace(/../g, '$&:'),
  ],
  ['the password', () => SETTINGS['sasl.password']],
  ['line breaks', () => 'orders\r\n[ERROR] forged\u2028line'],
  ['an escape sequence', () => 'orders\u001b[2J\u001b]0;title\u0007'],
  ['900 kB', () => 'many words '.repeat(82_000)],
];

const FIELDS: readonly (readonly [string, (text: string) => Reply])[] = [
  [
    'the message and the correlation id of an error',
    (text) => (_method, path) =>
      path === '/workspaces/org-dev' ? [400, { message: text, correlationId: text }] : undefined,
  ],
  [
    'the id of a workspace',
    (text) => (_method, path) =>
      path === '/workspaces/org-dev' ? [200, { ...workspace, workspaceId: text }] : undefined,
  ],
  [
    'the name, status and broker type of a workspace',
    (text) => (_method, path) => {
      const odd = { ...workspace, name: text, status: text, brokerType: text };
      if (path === '/workspaces') return [200, [odd]];
      return path === '/workspaces/org-dev' ? [200, odd] : undefined;
    },
  ],
  [
    'the id of another workspace in the list',
    (text) => {
      let lists = 0; // the client does not know the password before the second request for the list
      return (_method, path) =>
        path === '/workspaces' && lists++ > 0
          ? [200, [workspace, { ...workspace, workspaceId: text }]]
          : undefined;
    },
  ],
  [
    'the name, status and last error of a topic that failed',
    (text) => (method, path) => {
      const failed = { ...topic, name: text, status: 'Error', lastError: text };
      if (path === '/org-dev/topics') return [200, method === 'GET' ? [topic, failed] : failed];
      return path === '/org-dev/topics/orders' ? [200, failed] : undefined;
    },
  ],
  [
    'the id, status and configuration of a topic',
    (text) => (method, path) => {
      const odd = { ...topic, id: text, status: text, configuration: { cleanupPolicy: text } };
      const mild = { ...odd, id: topic.id };
      if (path === '/org-dev/topics') return [200, method === 'GET' ? [odd, mild] : odd];
      return path === '/org-dev/topics/orders' ? [200, mild] : undefined;
    },
  ],
  [
    'the name of a topic that is being created',
    (text) => (method, path) => {
      const creating = { ...topic, name: text, status: 'Creating' };
      return method === 'POST' && path === '/org-dev/topics' ? [200, creating] : undefined;
    },
  ],
  [
    'the name of a topic that is similar to the requested name',
    (text) => (_method, path) =>
      path === '/org-dev/topics' ? [200, [topic, { id: 'ordres1', name: text }]] : undefined,
  ],
];

describe('text of the Portal', () => {
  describe.each(FIELDS)('in %s', (_, replyWith) => {
    it.each(HOSTILE_TEXTS)(
      'is seen nowhere if it contains %s',
      { meta: { faults: [112] } },
      async (_name, textOf) => {
        const token = randomSecret();
        const seen = await everythingSeen(replyWith(textOf(token)), { token });
        expectNoLeak(seen, [token, SETTINGS['sasl.password']]);
        const texts = seen.map(asText);
        expectPlain(texts);
        const digits = texts
          .join(' ')
          .toLowerCase()
          .replace(/[^0-9a-f]/g, '');
        expect(digits).not.toContain(hexOf(token));
      },
    );
  });

  it(
    'in the host of a redirect is not shown if it contains the token, also in hex',
    { meta: { faults: [112] } },
    async () => {
      for (const encode of [String, hexOf, (text: string) => hexOf(text).replace(/../g, '$&-')]) {
        const token = randomSecret();
        const location = `https://${encode(token).slice(0, 200)}.example/`;
        const server = await startServer(answer(302, '', { location }));
        const quix = clientOf(server.origin, { token });
        const error: unknown = await quix.getBrokerCredentials().catch((reason: unknown) => reason);
        expect(error).toMatchObject({ code: 'QUIX_PORTAL_REDIRECT' });
        expectNoLeak(error, [token]);
        expect(String(error)).not.toContain(encode(token).slice(0, 24));
      }
    },
  );

  it(
    'may contain a password that is an ordinary word, so that topics with this word can be used',
    { meta: { faults: [112] } },
    async () => {
      const settings = { ...SETTINGS, 'sasl.password': 'password' };
      const named = { ...topic, id: 'org-dev-password-resets', name: 'password-resets' };
      const seen = await everythingSeen((_method, path) => {
        if (path.endsWith('/librdkafka')) return [200, settings];
        return path === '/org-dev/topics' ? [200, [named]] : undefined;
      });
      expect(seen).toContainEqual([expect.objectContaining({ name: 'password-resets' })]);
    },
  );
});
