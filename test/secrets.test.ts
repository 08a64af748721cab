import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  QuixError,
  QuixStreamingClient,
  type QuixClientOptions,
  type QuixLogLine,
} from 'quix-streams-auth';
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
/** Everything that the client returned, threw, emitted or logged. */
let outputs: unknown[];
const clients: QuixStreamingClient[] = [];

beforeEach(async () => {
  portal = await startPortalEmulator();
  password = randomSecret('pw-');
  fallback = randomSecret();
  outputs = [];
  portal.setBroker({ sasl: { mechanism: 'PLAIN', username: 'user', password } });
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await portal.close();
});

const secrets = (): string[] => [portal.token1, portal.token2, password, fallback];

function makeClient(options: QuixClientOptions = {}): QuixStreamingClient {
  const collect =
    (level: string) =>
    (...line: QuixLogLine) =>
      outputs.push([level, ...line]);
  const client = new QuixStreamingClient({
    env: portal.env,
    fallbackToken: fallback,
    timeoutMs: 700,
    logger: {
      child: () => undefined, // with it, the lines contain fields
      debug: collect('debug'),
      info: collect('info'),
      warn: collect('warn'),
      error: collect('error'),
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
    client.on(event, (...args: unknown[]) => outputs.push([event, ...args]));
  }
  clients.push(client);
  return client;
}

/** Runs an action and keeps its result or error. */
async function record(action: () => unknown): Promise<void> {
  try {
    outputs.push(await action());
  } catch (error) {
    expect(error).toBeInstanceOf(QuixError);
    outputs.push(error);
  }
}

function expectNoSecret(): void {
  expect(outputs.length).toBeGreaterThan(0);
  for (const each of outputs) expectNoLeak(each, secrets());
}

const json = (body: unknown): Partial<PortalFault> => ({ status: 200, body: JSON.stringify(body) });

describe('tokens and passwords are not exposed', () => {
  it('by a client, its description, its credentials and its events when all calls succeed', async () => {
    const client = makeClient();
    await record(() => client.getBrokerCredentials());
    await record(() => client.rotateToken(portal.token2));
    await record(() => client.describe());
    await record(() => client);
    outputs.push(
      inspect(client, { showHidden: true, depth: 9 }),
      JSON.stringify(client),
      inspect(client, { customInspect: false, showHidden: true, depth: 9 }),
    );
    const credentials = await client.getBrokerCredentials();
    expect(credentials.sasl?.password).toBe(password);
    outputs.push(credentials, credentials.sasl);
    expectNoSecret();
  });

  it('by a configuration for kafkajs', async () => {
    const client = makeClient();
    await client.getBrokerCredentials();
    outputs.push(kafkaJSConfig(client));
    expectNoSecret();
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
      '302 to an address that contains the token',
      () => ({
        status: 302,
        headers: { location: `https://other.example/?token=${portal.token1}` },
      }),
    ],
    [
      '200 with the password in JSON that is cut off',
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
    ['200 with the password as the whole body', () => ({ status: 200, body: password })],
  ])('by a client after the response: %s', async (_, fault) => {
    portal.faults.push({ ...fault(), times: Infinity });
    for (const workspaceId of [portal.workspaceId, undefined]) {
      const client = makeClient({ workspaceId });
      await record(() => client.getBrokerCredentials());
      await record(() => client.rotateToken(portal.token2));
      outputs.push(client, client.describe());
    }
    expectNoSecret();
  });

  it.each(['reset', 'truncate'] as const)(
    'by a client after a connection that ends with the fault %s',
    async (kind) => {
      portal.faults.push({ transport: kind, times: Infinity });
      const client = makeClient();
      await record(() => client.getBrokerCredentials());
      expectNoSecret();
    },
  );

  it('by the rejection of a token that cannot be sent', async () => {
    for (const bad of [
      `${fallback}\n${fallback}`,
      `${fallback}é`,
      `"${fallback}`,
      `Bearer Bearer ${fallback}`,
      fallback.repeat(400),
    ]) {
      await record(() => makeClient({ token: bad }));
      await record(() => makeClient().rotateToken(bad));
    }
    expectNoSecret();
  });

  it('by the error for a token function that throws or returns the secret', async () => {
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
    for (const token of throwers) await record(() => makeClient({ token }).getBrokerCredentials());
    expect(
      outputs.filter(
        (each) => each instanceof QuixError && each.code === 'QUIX_TOKEN_SOURCE_FAILED',
      ),
    ).toHaveLength(5);
    expectNoSecret();
  });

  it('by the rejection of a Portal URL that contains a password', async () => {
    for (const portalApi of [
      `https://user:${password}@portal.example`,
      `http://${password}.example`,
      `https://portal.example/?key=${password}`,
    ]) {
      await record(() => makeClient({ portalApi }));
    }
    expectNoSecret();
  });
});
