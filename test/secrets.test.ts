import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QuixError, QuixStreamingClient, type QuixClientOptions } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import {
  startPortalEmulator,
  type PortalEmulator,
  type PortalFault,
} from 'quix-streams-auth/testing';
import { expectNoLeak, randomSecret } from './support/leaks.ts';

let portal: PortalEmulator;
let password: string;
let fallback: string;
/** Everything that came out of the client: errors, events, log lines, descriptions. */
let heard: unknown[];
const clients: QuixStreamingClient[] = [];

beforeEach(async () => {
  portal = await startPortalEmulator();
  password = randomSecret('pw-');
  fallback = randomSecret();
  heard = [];
  portal.setBroker({ sasl: { mechanism: 'PLAIN', username: 'user', password } });
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await portal.close();
});

const secrets = (): string[] => [portal.token1, portal.token2, password, fallback];

function makeClient(options: QuixClientOptions = {}): QuixStreamingClient {
  const record = (level: string) => (message: string) => heard.push([level, message]);
  const client = new QuixStreamingClient({
    env: portal.env,
    fallbackToken: fallback,
    timeoutMs: 700,
    logger: {
      debug: record('debug'),
      info: record('info'),
      warn: record('warn'),
      error: record('error'),
    },
    ...options,
  });
  for (const event of [
    'credentials',
    'rotated',
    'tokenRejected',
    'refreshFailed',
    'warning',
  ] as const) {
    client.on(event, (...args: unknown[]) => heard.push([event, ...args]));
  }
  clients.push(client);
  return client;
}

/** Runs it and keeps what it throws or resolves to. */
async function hear(action: () => unknown): Promise<void> {
  try {
    heard.push(await action());
  } catch (error) {
    expect(error).toBeInstanceOf(QuixError);
    heard.push(error);
  }
}

function expectSilence(): void {
  expect(heard.length).toBeGreaterThan(0);
  for (const each of heard) expectNoLeak(each, secrets());
}

const json = (body: unknown): Partial<PortalFault> => ({ status: 200, body: JSON.stringify(body) });

describe('neither token nor password is found', () => {
  it('in the client, its description, its credentials and its events when all goes well', async () => {
    const client = makeClient();
    await hear(() => client.getBrokerCredentials());
    await hear(() => client.rotateToken(portal.token2));
    await hear(() => client.describe());
    await hear(() => client);
    heard.push(
      inspect(client, { showHidden: true, depth: 9 }),
      JSON.stringify(client),
      inspect(client, { customInspect: false, showHidden: true, depth: 9 }),
    );
    const credentials = await client.getBrokerCredentials();
    expect(credentials.sasl?.password).toBe(password);
    heard.push(credentials, credentials.sasl);
    expectSilence();
  });

  it('in a kafkajs config', async () => {
    const client = makeClient();
    await client.getBrokerCredentials();
    heard.push(kafkaJSConfig(client));
    expectSilence();
  });

  it.each<[string, () => Partial<PortalFault>]>([
    [
      '401 that echoes the token',
      () => ({
        status: 401,
        body: JSON.stringify({
          message: `bad token ${portal.token1}`,
          correlationId: portal.token1,
        }),
      }),
    ],
    [
      '403 in plain text that echoes the header',
      () => ({ status: 403, body: `Bearer ${portal.token1} may not` }),
    ],
    [
      '404 with HTML around the token',
      () => ({ status: 404, body: `<html>${portal.token1}</html>` }),
    ],
    [
      '500 with the token in base64',
      () => ({ status: 500, body: JSON.stringify(Buffer.from(portal.token1).toString('base64')) }),
    ],
    [
      '302 to an address that holds the token',
      () => ({
        status: 302,
        headers: { location: `https://other.example/?token=${portal.token1}` },
      }),
    ],
    [
      '200 with the password where JSON ends too early',
      () => ({ status: 200, body: `{"sasl.password":"${password}` }),
    ],
    [
      '200 with the password in a field of the wrong type',
      () => json({ 'bootstrap.servers': [password], 'security.protocol': 'sasl_ssl' }),
    ],
    [
      '200 with the password as protocol',
      () => json({ 'bootstrap.servers': 'a:1', 'security.protocol': password }),
    ],
    [
      '200 with the password as mechanism',
      () =>
        json({
          'bootstrap.servers': 'a:1',
          'security.protocol': 'sasl_ssl',
          'sasl.mechanism': `${password} `,
        }),
    ],
    [
      '200 with the password as broker list',
      () =>
        json({
          'bootstrap.servers': `kafka://user:${password}@host:1`,
          'security.protocol': 'plaintext',
        }),
    ],
    [
      '200 with the token as id of a workspace',
      () => ({
        match: '/workspaces',
        ...json([{ workspaceId: portal.token1 }, { workspaceId: 'other' }]),
      }),
    ],
    [
      '200 with the password as certificate',
      () =>
        json({
          'bootstrap.servers': 'a:1',
          'security.protocol': 'ssl',
          'ssl.ca.cert': Buffer.from(password).toString('base64'),
        }),
    ],
    ['a status line that is none', () => ({ status: 200, body: password })],
  ])('in what a client says of %s', async (_, fault) => {
    portal.faults.push({ ...fault(), times: Infinity });
    for (const workspaceId of [portal.workspaceId, undefined]) {
      const client = makeClient({ workspaceId });
      await hear(() => client.getBrokerCredentials());
      await hear(() => client.rotateToken(portal.token2));
      heard.push(client, client.describe());
    }
    expectSilence();
  });

  it.each(['reset', 'truncate'] as const)(
    'in what a client says of a connection that ends by %s',
    async (kind) => {
      portal.faults.push({ transport: kind, times: Infinity });
      const client = makeClient();
      await hear(() => client.getBrokerCredentials());
      expectSilence();
    },
  );

  it('in what a client says of a token that cannot be sent', async () => {
    for (const bad of [
      `${fallback}\n${fallback}`,
      `${fallback}é`,
      `"${fallback}`,
      `Bearer Bearer ${fallback}`,
      fallback.repeat(400),
    ]) {
      await hear(() => makeClient({ token: bad }));
      await hear(() => makeClient().rotateToken(bad));
    }
    expectSilence();
  });

  it('in what a client says of a provider that throws the secret in every way', async () => {
    const throwers = [
      () => {
        throw new Error(fallback);
      },
      () => {
        throw Object.assign(new Error('x', { cause: new Error(fallback) }), {
          code: fallback,
          secret: fallback,
        });
      },
      () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- what JavaScript users may do
        throw fallback;
      },
      () => Promise.reject(new Error(fallback)),
      () => ({ token: fallback }) as unknown as string,
    ];
    for (const token of throwers) await hear(() => makeClient({ token }).getBrokerCredentials());
    expect(
      heard.filter((each) => each instanceof QuixError && each.code === 'QUIX_TOKEN_SOURCE_FAILED'),
    ).toHaveLength(5);
    expectSilence();
  });

  it('in what the constructor says of a Portal URL with a password', async () => {
    for (const portalApi of [
      `https://user:${password}@portal.example`,
      `http://${password}.example`,
      `https://portal.example/?key=${password}`,
    ]) {
      await hear(() => makeClient({ portalApi }));
    }
    expectSilence();
  });
});
