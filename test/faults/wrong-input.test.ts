import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { QuixStreamingClient, type QuixClientOptions } from 'quix-streams-auth';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { errorOf, errorThrown } from '../support/errors.ts';
import { jwt } from '../support/jwt.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { asked, closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

const VARIABLE = 'Quix__Sdk__Token';

/** Texts that are stored in place of a token, and a word of the hint for each. */
const NOT_TOKENS: [string, RegExp][] = [
  ['${QUIX_TOKEN}', /placeholder/],
  ['sdk-${QUIX_TOKEN}', /placeholder/],
  ['{{QUIX_TOKEN}}', /placeholder/],
  ['{{ secrets.QUIX_TOKEN }}', /placeholder/],
  ['$QUIX_TOKEN', /placeholder/],
  ['$(QUIX_TOKEN)', /placeholder/],
  ['#{QUIX_TOKEN}#', /placeholder/],
  ['%QUIX_TOKEN%', /placeholder/],
  ['<token>', /placeholder/],
  ['<your token>', /placeholder/],
  [VARIABLE, /placeholder/],
  ['op://vault/quix/token', /address of a secret/],
  ['undefined', /JavaScript value/],
  ['null', /JavaScript value/],
  ['NaN', /JavaScript value/],
  ['[object Object]', /JavaScript value/],
  ['[object Promise]', /JavaScript value/],
  ['async () => token', /JavaScript value/],
  ['***', /masked/],
  ['sdk-****************', /masked/],
  ['sdk-349...dd', /masked/],
  ['[hidden]', /masked/],
];

/** Passes a text to a client through one source, and returns the error. */
const SOURCES: Record<string, (portal: PortalEmulator, text: string) => Promise<unknown>> = {
  argument: async (portal, token) => makeClient(portal, { token }).getBrokerCredentials(),
  variable: async (portal, text) => {
    const env = { ...portal.env, [VARIABLE]: text };
    return makeClient(portal, { env }).getBrokerCredentials();
  },
  file: async (portal, text) => {
    const folder = await mkdtemp(join(tmpdir(), 'quix-fault-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, `${text}\n`);
    return makeClient(portal, { tokenFile }).getBrokerCredentials();
  },
  provider: async (portal, text) =>
    makeClient(portal, { token: () => text }).getBrokerCredentials(),
  rotateToken: async (portal, text) => makeClient(portal).rotateToken(text),
  fallbackToken: async (portal, fallbackToken) =>
    makeClient(portal, { fallbackToken }).getBrokerCredentials(),
};

describe('a text that is not a token', () => {
  it.each(NOT_TOKENS)(
    'is rejected with a hint from each source, and nothing is sent: %s',
    { meta: { faults: [110] } },
    async (text, hint) => {
      const portal = await startPortal();
      for (const [name, pass] of Object.entries(SOURCES)) {
        const error = await errorOf(pass(portal, text));
        expect([name, error.code]).toEqual([name, 'QUIX_TOKEN_INVALID']);
        expect(error.hint).toMatch(hint);
        if (text !== VARIABLE) expect(error.message).not.toContain(text);
      }
      expect(portal.requests).toEqual([]);
    },
  );

  it.each([
    '!',
    '"',
    '#',
    '$',
    '%',
    '&',
    "'",
    '(',
    ')',
    '*',
    ',',
    ':',
    ';',
    '<',
    '?',
    '@',
    '[',
    '|',
  ])(
    'is rejected with the position and the code point of %s',
    { meta: { faults: [6, 110] } },
    (character) => {
      const secret = randomSecret();
      const error = errorThrown(() => new QuixStreamingClient(`${secret}${character}${secret}`));
      const codePoint = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
      expect(error.code).toBe('QUIX_TOKEN_INVALID');
      expect(error.message).toContain(`U+${codePoint}`);
      expect(error.message).toContain(`position ${secret.length + 1}`);
      expectNoLeak(error, [secret]);
    },
  );

  it('has "=" before its end', { meta: { faults: [110] } }, () => {
    const secret = randomSecret();
    const error = errorThrown(() => new QuixStreamingClient(`MY_TOKEN=${secret}`));
    expect(error).toMatchObject({ code: 'QUIX_TOKEN_INVALID' });
    expect(error.message).toMatch(/U\+003D at position 9\b.*\.env/s);
    expectNoLeak(error, [secret]);
    expect(() => new QuixStreamingClient({ token: `${secret}==`, env: {} })).not.toThrow();
  });
});

/** Ways in which a token gets into a setting. */
const FORMS: Record<string, (token: string) => string> = {
  plain: (token) => token,
  'after "Bearer"': (token) => `Bearer ${token}`,
  quoted: (token) => `"${token}"`,
  'as NAME=value': (token) => `NAME=${token}`,
  'inside a text': (token) => `prefix-${token}`,
};
const TOKENS: Record<string, () => string> = {
  'a streaming token': randomSecret,
  'a JWT': () => jwt({ sub: randomSecret('') }),
};
const CASES = Object.entries(TOKENS).flatMap(([kind, make]) =>
  Object.entries(FORMS).map(([form, write]) => [kind, form, make, write] as const),
);

describe('a token in the wrong place', () => {
  it.each(CASES)(
    'is refused in options and variables, and never repeated: %s %s',
    { meta: { faults: [111] } },
    (_kind, _form, make, write) => {
      const token = make();
      const text = write(token);
      const options: QuixClientOptions[] = [
        ...[
          'workspaceId',
          'brokerAddress',
          'portalApi',
          'tokenFile',
          'tokenEnvVar',
          'userAgent',
        ].map((name) => ({ [name]: text })),
        ...['Quix__Workspace__Id', 'Quix__Broker__Address', 'Quix__Portal__Api'].map((name) => ({
          env: { [name]: text },
        })),
        { portalApi: `https://portal.example/${text}` },
        { portalApi: `https://${token.replaceAll(/[._]/g, '-')}.example` },
        { brokerAddress: `${token}:9092` },
        { brokerAddress: `localhost:9092,${text}` },
        { tokenFile: `/run/secrets/${text}` },
        { [text]: 'x' },
      ];
      for (const each of options) {
        const error = errorThrown(
          () => new QuixStreamingClient({ token: randomSecret(), env: {}, ...each }),
        );
        expect(error.code).toBe('QUIX_CONFIG');
        expectNoLeak(error, [token]);
      }
    },
  );

  it.each(CASES)(
    'is refused as the name of a topic, a group or a resource, and not sent: %s %s',
    { meta: { faults: [111] } },
    async (_kind, _form, make, write) => {
      const portal = await startPortal();
      const token = make();
      const text = write(token);
      const lines: unknown[] = [];
      const logger = { error: (line: string) => lines.push(line) };
      const client = makeClient(portal, { logger, workspaceId: portal.workspaceId });
      const query = { resourceType: 'Workspace', resourceId: 'x', permission: 'Read' };
      const env = { ...portal.env, Quix__Consumer_Group: text };
      for (const call of [
        client.getTopic(text),
        client.getConsumerGroup(text),
        client.getTransactionalId(text),
        client.checkPermission({ ...query, resourceId: text }),
        client.checkPermission({ ...query, resourceType: text }),
        makeClient(portal, { env, logger }).getConsumerGroup(),
      ]) {
        const error = await errorOf(call);
        expect(error.code).toBe('QUIX_CONFIG');
        expectNoLeak(error, [token]);
      }
      expect(asked(portal)).toEqual([]);
      expectNoLeak([client.describe(), lines], [token]);
    },
  );

  it(
    'is not detected in ordinary names that begin like a token',
    { meta: { faults: [111] } },
    async () => {
      const portal = await startPortal();
      const client = makeClient(portal);
      for (const name of [
        'sdk-telemetry-events',
        'pat-monitor-ward2-bed14',
        'sdk-collector-7d9f8b6c5d-x2x9z',
      ]) {
        expect(await client.getTopic(name)).toMatchObject({ name });
        expect(await client.getConsumerGroup(name)).toBe(`${portal.workspaceId}-${name}`);
      }
      const options: QuixClientOptions = {
        tokenFile: '/etc/sdk-credentials-production/token',
        tokenEnvVar: 'sdk-token-of-production',
        workspaceId: 'sdk-team-telemetry-production',
        portalApi: 'https://sdk-portal-production.example',
        userAgent: 'sdk-telemetry-collector/1.2',
        env: {},
      };
      expect(() => new QuixStreamingClient(options)).not.toThrow();
      expect(
        () => new QuixStreamingClient({ brokerAddress: 'sdk-kafka-broker-1:9092' }),
      ).not.toThrow();
    },
  );
});

/** Values that are not an AbortSignal. */
const NOT_SIGNALS = [
  {},
  'signal',
  42,
  true,
  new AbortController(),
  Object.create(AbortSignal.prototype) as object,
] as never[];
/** Values that are not options. */
const NOT_OPTIONS = ['signal', 42, true, AbortSignal.timeout(60_000)] as never[];

/** The methods with a signal. */
const METHODS: ((
  client: QuixStreamingClient,
  token: string,
  options: never,
) => Promise<unknown>)[] = [
  (client, _, options) => client.getBrokerCredentials(options),
  (client, _, options) => client.getTopic('a-topic', options),
  (client, token, options) => client.rotateToken(token, options),
];

describe('the options of a call', () => {
  it('are rejected when the signal is not an AbortSignal, and nothing is sent', async () => {
    const portal = await startPortal();
    const client = makeClient(portal);
    for (const call of METHODS) {
      for (const signal of NOT_SIGNALS)
        expect((await errorOf(call(client, portal.token2, { signal } as never))).code).toBe(
          'QUIX_CONFIG',
        );
      for (const options of NOT_OPTIONS)
        expect((await errorOf(call(client, portal.token2, options))).code).toBe('QUIX_CONFIG');
    }
    expect(asked(portal)).toEqual([]);
  });

  it('count as absent if they are null, and a signal that is null counts as absent too', async () => {
    const portal = await startPortal();
    const client = makeClient(portal);
    for (const call of METHODS) {
      await call(client, portal.token2, null as never);
      await call(client, portal.token2, { signal: null } as never);
    }
  });

  it('may contain the signal of another realm or of a polyfill', async () => {
    const portal = await startPortal();
    const reason = new Error('stopped');
    /** An event target that Node does not know. */
    class ForeignSignal {
      aborted = false;
      reason: unknown;
      readonly listeners: (() => void)[] = [];
      addEventListener(_type: string, listener: () => void): void {
        this.listeners.push(listener);
      }
      removeEventListener(): void {
        // The listener stays.
      }
      abort(): void {
        this.aborted = true;
        this.reason = reason;
        for (const listener of this.listeners) listener();
      }
    }
    for (const call of METHODS) {
      const client = makeClient(portal, { token: () => new Promise(() => undefined) });
      const signal = new ForeignSignal();
      const results = [1, 2, 3].map(() => call(client, portal.token2, { signal } as never));
      const first = expect(Promise.any(results)).rejects.toMatchObject({
        errors: [reason, reason, reason],
      });
      signal.abort();
      await first;
      expect(signal.listeners.length).toBeLessThanOrEqual(1);
      await expect(call(client, portal.token2, { signal } as never)).rejects.toBe(reason);
    }
  });
});

describe('a listener or a logger', () => {
  it('may return a promise of another realm that rejects', async () => {
    const unhandled: unknown[] = [];
    const collect = (error: unknown): void => void unhandled.push(error);
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on('unhandledRejection', collect).on('warning', warn);
    onTestFinished(() => void process.off('unhandledRejection', collect).off('warning', warn));
    const reject = runInContext(
      '() => Promise.reject(new Error("from another realm"))',
      createContext(),
    ) as () => undefined;
    const portal = await startPortal();
    const logger = { info: reject, debug: () => Promise.reject(new Error('from a logger')) };
    const client = makeClient(portal, { logger: logger });
    client.on('credentials', reject);
    await client.getBrokerCredentials();
    await new Promise(setImmediate);
    expect(unhandled).toEqual([]);
    expect(warnings).toEqual([
      expect.objectContaining({
        name: 'QuixWarning',
        message: expect.stringContaining('listener') as string,
      }),
    ]);
  });
});
