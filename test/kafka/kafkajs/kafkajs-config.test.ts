import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { inspect } from 'node:util';
import {
  Kafka,
  logLevel,
  Partitioners,
  type AuthenticationProviderArgs,
  type ISocketFactory,
  type KafkaConfig,
} from 'kafkajs';
import { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { startPortalEmulator, type PortalEmulator } from 'quix-streams-auth/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCertificateAuthority } from '../../support/certificates.ts';
import { startListener } from '../../support/scripted-server.ts';

let portal: PortalEmulator;
let quix: QuixStreamingClient;

beforeEach(async () => {
  portal = await startPortalEmulator();
  quix = new QuixStreamingClient({ env: portal.env });
});
afterEach(async () => {
  await quix.close();
  await portal.close();
});

type SaslAuthenticate = AuthenticationProviderArgs['saslAuthenticate'];

async function logIn(
  { sasl }: KafkaConfig,
  saslAuthenticate: SaslAuthenticate,
  port = 1,
): Promise<void> {
  if (!sasl || !('authenticationProvider' in sasl)) throw new Error('no authenticationProvider');
  expect(sasl.mechanism).not.toBe(''); // kafkajs reads the property before each login
  const { authenticationProvider } = sasl;
  const args = { host: '127.0.0.1', port, logger: {} as never, saslAuthenticate };
  await authenticationProvider(args).authenticate();
}

async function brokersOf({ brokers }: KafkaConfig): Promise<string[]> {
  return typeof brokers === 'function' ? await brokers() : brokers;
}

describe('kafkaJSConfig()', () => {
  it('sends nothing when clients are created with it', () => {
    const kafka = new Kafka(kafkaJSConfig(quix));
    kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    kafka.consumer({ groupId: 'group' });
    kafka.admin();
    expect(portal.requests).toHaveLength(0);
  });

  it('returns the brokers of the environment', async () => {
    portal.setBroker({ brokers: ['one.example:9093', 'two.example:9094'] });
    expect(await brokersOf(kafkaJSConfig(quix))).toEqual(['one.example:9093', 'two.example:9094']);
  });

  it("keeps the user's own options", async () => {
    const socketFactory = vi.fn<ISocketFactory>(({ port }) => connect({ port }));
    const sasl = { mechanism: 'plain', username: 'mine', password: 'mine' } as const;
    const config = kafkaJSConfig(quix, {
      clientId: 'mine',
      requestTimeout: 1,
      ssl: false,
      sasl,
      socketFactory,
      brokers: ['mine:1'],
    });
    expect(config).toMatchObject({
      clientId: 'mine',
      requestTimeout: 1,
      ssl: false,
      sasl,
    });
    expect(await brokersOf(config)).toEqual(['mine:1']);
    const { port } = await startListener((socket) => socket.resume());
    const onConnect = vi.fn();
    config.socketFactory?.({ host: 'any', port, ssl: {}, onConnect }).destroy();
    const args = { host: 'any', port, ssl: false, onConnect: expect.any(Function) as () => void };
    expect(socketFactory).toHaveBeenCalledWith(args);
  });

  it('ignores options that are undefined', () => {
    const config = kafkaJSConfig(quix, {
      sasl: undefined,
      ssl: undefined,
      socketFactory: undefined,
    } as never);
    expect(config.ssl).toBe(true);
    expect(config.sasl).toBeDefined();
    expect(config.socketFactory).toBeTypeOf('function');
  });

  it('does not check the mechanism if the user passes sasl', async () => {
    portal.setBroker({ sasl: { mechanism: 'GSSAPI' } });
    const sasl = { mechanism: 'plain', username: 'mine', password: 'mine' } as const;
    expect(await brokersOf(kafkaJSConfig(quix, { sasl }))).toHaveLength(1);
    await expect(brokersOf(kafkaJSConfig(quix))).rejects.toMatchObject({
      code: 'QUIX_UNSUPPORTED',
      message: expect.stringContaining('GSSAPI') as string,
    });
  });

  it.each([
    ['JSON.stringify', (config: KafkaConfig) => JSON.stringify(config)],
    ['util.inspect with getters', (config: KafkaConfig) => inspect(config, { getters: true })],
    ['spreading', (config: KafkaConfig) => ({ ...config, sasl: { ...config.sasl } })],
  ])('sends nothing and changes nothing when it is read by %s', async (_, read) => {
    const config = kafkaJSConfig(quix);
    const { sasl } = config;
    read(config);
    await brokersOf(config);
    portal.requests.length = 0;
    read(config);
    await brokersOf(config);
    expect(portal.requests).toHaveLength(0);
    expect(config.sasl).toBe(sasl);
    expect(config.sasl?.mechanism).toBe('SCRAM-SHA-512');
  });

  it('exchanges the token again after a connection was closed before the login', async () => {
    const { port } = await startListener((socket) => socket.resume());
    portal.setBroker({ brokers: [`127.0.0.1:${port}`], securityProtocol: 'SASL_PLAINTEXT' });
    const config = kafkaJSConfig(quix);
    await brokersOf(config);
    portal.requests.length = 0;
    const [waiting, rejected] = [makeConnection(config, port), makeConnection(config, port)];
    await waiting.connect();
    await brokersOf(config);
    expect(portal.requests).toHaveLength(0);
    await rejected.connect();
    await rejected.disconnect(); // kafkajs does this when the broker rejects the handshake
    portal.setBroker({ sasl: { mechanism: 'PLAIN' } });
    await brokersOf(config);
    expect(portal.requests).toHaveLength(1);
    expect(config.sasl?.mechanism).toBe('PLAIN');
    await brokersOf(config);
    expect(portal.requests).toHaveLength(1);
    await waiting.disconnect();
  });

  it('logs in again on a new connection if the mechanism changed after the handshake', async () => {
    const config = kafkaJSConfig(quix);
    await brokersOf(config);
    portal.setBroker({ sasl: { mechanism: 'PLAIN' } });
    await quix.getBrokerCredentials({ forceRefresh: true });
    const saslAuthenticate = vi.fn();
    await expect(logIn(config, saslAuthenticate)).rejects.toMatchObject({
      code: 'QUIX_CREDENTIALS_REFUSED',
      retriable: true,
      name: 'KafkaJSConnectionError',
    });
    expect(saslAuthenticate).not.toHaveBeenCalled();
  });

  it.each([
    { sasl: { mechanism: 'PLAIN' } },
    { sasl: { username: 'another' } },
    { securityProtocol: 'SASL_SSL' as const },
  ])('closes an open connection before its login if the Portal changes %j', async (change) => {
    const ended = vi.fn();
    const { port } = await startListener((socket) => socket.on('end', ended).resume());
    portal.setBroker({ brokers: [`127.0.0.1:${port}`], securityProtocol: 'SASL_PLAINTEXT' });
    const config = kafkaJSConfig(quix);
    await brokersOf(config);
    const connection = makeConnection(config, port);
    await connection.connect();
    portal.setBroker(change);
    await quix.getBrokerCredentials({ forceRefresh: true });
    await brokersOf(config); // another connection has loaded the new settings
    const saslAuthenticate = vi.fn();
    const error = { retriable: true, message: expect.stringMatching(/settings changed/) as string };
    await expect(logIn(config, saslAuthenticate, port)).rejects.toMatchObject(error);
    expect(saslAuthenticate).not.toHaveBeenCalled();
    await expect.poll(() => ended.mock.calls.length).toBe(1);
    await connection.disconnect();
  });

  it(
    'keeps the credentials if Kafka refuses another user name during re-authentication',
    { meta: { faults: [115] } },
    async () => {
      const config = kafkaJSConfig(quix);
      await brokersOf(config);
      const message = 'Cannot change principals during re-authentication from User.a: User.b';
      const refusal = Object.assign(new Error(message), { type: 'SASL_AUTHENTICATION_FAILED' });
      await expect(logIn(config, () => Promise.reject(refusal))).rejects.toMatchObject({
        retriable: true,
      });
      expect(quix.describe()).toMatchObject({ state: 'ready', refusals: 0 });
    },
  );

  it.each([
    ['a fraction', (nonce: string) => `r=${nonce}x,s=c2FsdA==,i=4096.5`],
    ['a hexadecimal number', (nonce: string) => `r=${nonce}x,s=c2FsdA==,i=0x2000`],
    ['more than 100 000', (nonce: string) => `r=${nonce}x,s=c2FsdA==,i=100001`],
    ['a mandatory extension', (nonce: string) => `m=future,r=${nonce}x,s=c2FsdA==,i=4096`],
  ])('sends no proof if a SCRAM broker requires %s', async (_, firstMessage) => {
    const config = kafkaJSConfig(quix);
    await brokersOf(config);
    const sent: string[] = [];
    const saslAuthenticate = vi.fn(({ request }: { request: { encode(): Buffer } }) => {
      sent.push(request.encode().subarray(4).toString());
      const [, nonce = ''] = /r=(.*)$/.exec(sent[0] ?? '') ?? [];
      return Promise.resolve(Buffer.from(firstMessage(nonce)));
    });
    await expect(logIn(config, saslAuthenticate as never)).rejects.toMatchObject({
      code: 'QUIX_UNSUPPORTED',
      retriable: false,
    });
    expect(sent).toHaveLength(1);
  });

  it("exchanges the token before it calls the user's own brokers function", async () => {
    const config = kafkaJSConfig(quix, { brokers: () => Promise.resolve(['mine:1']) });
    expect(await brokersOf(config)).toEqual(['mine:1']);
    expect(portal.requests.length).toBeGreaterThan(0);
  });

  it('uses neither TLS nor SASL for a local broker', async () => {
    const local = new QuixStreamingClient({ env: { Quix__Broker__Address: 'localhost:9092' } });
    const config = kafkaJSConfig(local);
    expect(config.ssl).toBe(false);
    expect(config.sasl).toBeUndefined();
    expect(await brokersOf(config)).toEqual(['localhost:9092']);
  });

  it('has the mechanism of the current credentials', async () => {
    const config = kafkaJSConfig(quix);
    for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']) {
      portal.setBroker({ sasl: { mechanism, username: 'user', password: 'word' } });
      await quix.getBrokerCredentials({ forceRefresh: true });
      await brokersOf(config);
      expect(config.sasl?.mechanism).toBe(mechanism);
    }
  });

  it('rejects IPv6 addresses, which kafkajs does not support, unless there are other brokers', async () => {
    portal.setBroker({ brokers: ['[::1]:9093'] });
    await expect(brokersOf(kafkaJSConfig(quix))).rejects.toMatchObject({
      code: 'QUIX_UNSUPPORTED',
      retriable: false,
    });
    portal.setBroker({ brokers: ['[::1]:9093', 'localhost:9094'] });
    await quix.getBrokerCredentials({ forceRefresh: true });
    expect(await brokersOf(kafkaJSConfig(quix))).toEqual(['localhost:9094']);
  });

  it('rejects a broker without SASL if this was not known when the config was created', async () => {
    portal.setBroker({ securityProtocol: 'SSL' });
    await expect(brokersOf(kafkaJSConfig(quix))).rejects.toMatchObject({
      code: 'QUIX_UNSUPPORTED',
      hint: expect.stringContaining('getBrokerCredentials()') as string,
    });
    const config = kafkaJSConfig(quix);
    expect(config.sasl).toBeUndefined();
    expect(await brokersOf(config)).toHaveLength(1);
  });
});

describe('an error that is passed to kafkajs', () => {
  it('is retriable if it is retryable, and has no cause, which kafkajs would read instead', async () => {
    const client = new QuixStreamingClient({ env: portal.env, timeoutMs: 300 });
    portal.faults.push({ transport: 'reset', times: Infinity });
    const error: unknown = await brokersOf(kafkaJSConfig(client)).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      name: 'QuixError',
      code: 'QUIX_PORTAL_UNAVAILABLE',
      retriable: true,
    });
    expect((error as Error).cause).toBeUndefined();
    await client.close();
  });

  it('is not retriable if the token was rejected', async () => {
    portal.rotateTokens();
    await expect(brokersOf(kafkaJSConfig(quix))).rejects.toMatchObject({
      code: 'QUIX_TOKEN_REJECTED',
      retriable: false,
    });
  });
});

/** The connection class of kafkajs 2.2.4, which it does not export. */
interface Connection {
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  readonly requestQueue: { push(request: object): void };
}

function makeConnection({ socketFactory }: KafkaConfig, port: number): Connection {
  const load = createRequire(import.meta.url);
  const KafkaJSConnection = load('kafkajs/src/network/connection') as new (
    options: object,
  ) => Connection;
  const logger = new Kafka({ brokers: [], logLevel: logLevel.NOTHING }).logger();
  const options = { host: '127.0.0.1', port, logger, socketFactory };
  return new KafkaJSConnection({ ...options, connectionTimeout: 1_000, requestTimeout: 30_000 });
}

describe('a connection of kafkajs', () => {
  it('rejects a request that was sent while the connection was closing', async () => {
    const { port } = await startListener((socket) => socket.resume());
    const connection = makeConnection(kafkaJSConfig(quix, { ssl: false }), port);
    await connection.connect();
    const closing = connection.disconnect();
    const answered = new Promise((resolve, reject) => {
      const entry = { apiKey: 17, apiName: 'SaslHandshake', apiVersion: 1, correlationId: 0 };
      connection.requestQueue.push({
        entry: { ...entry, resolve, reject },
        expectResponse: true,
        sendRequest: () => undefined,
      });
    });
    await closing;
    await expect(answered).rejects.toMatchObject({ name: 'KafkaJSConnectionClosedError' });
  });

  it('fails after its timeout if another login at the broker fails while it connects', async () => {
    const { port } = await startListener((socket) => socket.resume()); // answers no TLS handshake
    const config = kafkaJSConfig(quix);
    await brokersOf(config);
    const connecting = makeConnection(config, port).connect();
    connecting.catch(() => undefined);
    const lost = new Error('The connection was lost.');
    const login = logIn(config, () => Promise.reject(lost), port);
    await expect(login).rejects.toBe(lost);
    await expect(connecting).rejects.toMatchObject({ name: 'KafkaJSConnectionError' });
  });
});

describe('a socket of kafkajs', () => {
  it('fails with an untrusted certificate only after the token was exchanged for the new CA', async () => {
    const ca = await createCertificateAuthority();
    const identity = await ca.issue(['127.0.0.1']);
    const { port } = await startListener((socket) => socket.resume(), identity);
    const config = kafkaJSConfig(quix);
    await brokersOf(config);
    const open = (): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const onConnect = (): void => {
          resolve('connected');
        };
        const socket = config.socketFactory?.({ host: '127.0.0.1', port, ssl: {}, onConnect });
        socket?.on('error', reject);
      });
    portal.setBroker({ ca: ca.certificate });
    const failing = open().catch((error: unknown) => ({ error, ...quix.describe() }));
    expect(await failing).toMatchObject({
      error: { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
      exchanges: 2,
    });
    expect(await open()).toBe('connected');
  });
});

describe('the log line of kafkajs about a topic that does not exist', () => {
  const UNKNOWN_TOPIC = 'This server does not host this topic-partition';

  it('gets the command that creates the topic, if the broker is a local one', async () => {
    const entries: object[] = [];
    const local = new QuixStreamingClient({ env: { Quix__Broker__Address: 'localhost:19092' } });
    const config = kafkaJSConfig(local, { logCreator: () => (entry) => entries.push(entry.log) });
    await brokersOf(config);
    const logger = new Kafka(config).logger();
    const metadata = 'Response Metadata(key: 3, version: 6)';
    logger.error(metadata, { error: UNKNOWN_TOPIC });
    logger.error(metadata, { error: 'another error' });
    logger.error('Response DeleteTopics(key: 20, version: 1)', { error: UNKNOWN_TOPIC });
    const hint = expect.stringMatching(/kafka-topics\.sh --create .* localhost:19092$/) as string;
    expect(entries).toHaveLength(3);
    expect(entries[0]).toMatchObject({ message: metadata, hint });
    for (const entry of entries.slice(1)) expect(entry).not.toHaveProperty('hint');
  });

  it('is printed as kafkajs prints it', () => {
    const local = new QuixStreamingClient({ env: { Quix__Broker__Address: 'localhost:19092' } });
    const print = (config: KafkaConfig): unknown[] => {
      const lines: unknown[] = [];
      for (const method of ['log', 'info', 'warn', 'error'] as const) {
        vi.spyOn(console, method).mockImplementation((line: string) => {
          lines.push([method, line.replace(/"timestamp":"[^"]*"/, '')]);
        });
      }
      const logger = new Kafka({ ...config, logLevel: logLevel.DEBUG }).logger();
      for (const log of [logger, logger.namespace('Connection')]) {
        for (const method of ['debug', 'info', 'warn', 'error'] as const)
          log[method]('a', { b: 1 });
      }
      vi.restoreAllMocks();
      return lines;
    };
    const lines = print(kafkaJSConfig(local));
    expect(lines).toHaveLength(8);
    expect(lines).toEqual(print({ brokers: [] }));
  });

  it('is not changed for a broker of Quix', () => {
    expect(kafkaJSConfig(quix)).not.toHaveProperty('logCreator');
  });
});
