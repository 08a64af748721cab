import { createRequire } from 'node:module';
import { Kafka, logLevel, Partitioners, type KafkaConfig } from 'kafkajs';
import { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { startPortalEmulator, type PortalEmulator } from 'quix-streams-auth/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startListener } from '../support/scripted-server.ts';

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

async function brokersOf({ brokers }: KafkaConfig): Promise<string[]> {
  return typeof brokers === 'function' ? await brokers() : brokers;
}

describe('a kafkajs config', () => {
  it('is accepted by the constructor of Kafka and sends nothing', () => {
    const kafka = new Kafka(kafkaJSConfig(quix));
    kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    kafka.consumer({ groupId: 'group' });
    kafka.admin();
    expect(portal.requests).toHaveLength(0);
  });

  it('gives the brokers of the environment when kafkajs asks for them', async () => {
    portal.setBroker({ brokers: ['one.example:9093', 'two.example:9094'] });
    expect(await brokersOf(kafkaJSConfig(quix))).toEqual(['one.example:9093', 'two.example:9094']);
  });

  it("leaves the user's own options as they are", async () => {
    const socketFactory = () => {
      throw new Error('unused');
    };
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
      socketFactory,
    });
    expect(await brokersOf(config)).toEqual(['mine:1']);
  });

  it('takes an option that is undefined for one that was not given', () => {
    const config = kafkaJSConfig(quix, {
      sasl: undefined,
      ssl: undefined,
      socketFactory: undefined,
    } as never);
    expect(config.ssl).toBe(true);
    expect(config.sasl).toBeDefined();
    expect(config.socketFactory).toBeTypeOf('function');
  });

  it('leaves the mechanism to a user who brings the login', async () => {
    portal.setBroker({ sasl: { mechanism: 'GSSAPI' } });
    const sasl = { mechanism: 'plain', username: 'mine', password: 'mine' } as const;
    expect(await brokersOf(kafkaJSConfig(quix, { sasl }))).toHaveLength(1);
    await expect(brokersOf(kafkaJSConfig(quix))).rejects.toThrow(/GSSAPI/);
  });

  it('asks the Portal anew when an announced mechanism was not followed by a login', async () => {
    const config = kafkaJSConfig(quix);
    await brokersOf(config);
    portal.requests.length = 0;
    await brokersOf(config);
    expect(portal.requests).toHaveLength(0);
    expect(config.sasl?.mechanism).toBe('SCRAM-SHA-512'); // announced; the broker hangs up
    portal.setBroker({ sasl: { mechanism: 'PLAIN' } });
    await brokersOf(config);
    expect(portal.requests).toHaveLength(1);
    expect(config.sasl?.mechanism).toBe('PLAIN');
  });

  it("takes the user's own brokers from a function too, after the exchange that the login needs", async () => {
    const config = kafkaJSConfig(quix, { brokers: () => Promise.resolve(['mine:1']) });
    expect(await brokersOf(config)).toEqual(['mine:1']);
    expect(portal.requests.length).toBeGreaterThan(0);
  });

  it('has neither TLS nor SASL for a local broker', async () => {
    const local = new QuixStreamingClient({ env: { Quix__Broker__Address: 'localhost:9092' } });
    const config = kafkaJSConfig(local);
    expect(config.ssl).toBe(false);
    expect(config.sasl).toBeUndefined();
    expect(await brokersOf(config)).toEqual(['localhost:9092']);
  });

  it('announces the mechanism of the current credentials', async () => {
    const config = kafkaJSConfig(quix);
    for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']) {
      portal.setBroker({ sasl: { mechanism, username: 'user', password: 'word' } });
      await quix.getBrokerCredentials({ forceRefresh: true });
      await brokersOf(config);
      expect(config.sasl?.mechanism).toBe(mechanism);
    }
  });

  it('refuses IPv6 addresses, which kafkajs cannot split, unless there are other brokers', async () => {
    portal.setBroker({ brokers: ['[::1]:9093'] });
    await expect(brokersOf(kafkaJSConfig(quix))).rejects.toMatchObject({
      code: 'QUIX_UNSUPPORTED',
      retriable: false,
    });
    portal.setBroker({ brokers: ['[::1]:9093', 'localhost:9094'] });
    await quix.getBrokerCredentials({ forceRefresh: true });
    expect(await brokersOf(kafkaJSConfig(quix))).toEqual(['localhost:9094']);
  });

  it('refuses a broker without SASL that was not known when it was made, and says what to do', async () => {
    portal.setBroker({ securityProtocol: 'SSL' });
    await expect(brokersOf(kafkaJSConfig(quix))).rejects.toThrow(
      /Await quix.getBrokerCredentials\(\) before/,
    );
    const config = kafkaJSConfig(quix);
    expect(config.sasl).toBeUndefined();
    expect(await brokersOf(config)).toHaveLength(1);
  });
});

describe('an error that kafkajs gets to see', () => {
  it('is retriable where a retry makes sense, without a cause that kafkajs would judge in its place', async () => {
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

  it('is final for a token that was rejected', async () => {
    portal.rotateTokens();
    await expect(brokersOf(kafkaJSConfig(quix))).rejects.toMatchObject({
      code: 'QUIX_TOKEN_REJECTED',
      retriable: false,
    });
  });
});

/** What kafkajs 2.2.4 makes of a socket; it does not export it. */
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
  it('does not wait for ever for the answer to a request that was sent while it was closing', async () => {
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
});
