import { Admin, Consumer, Producer, stringSerializers } from '@platformatic/kafka';
import { Kafka, logLevel } from 'kafkajs';
import { QuixError, type QuixErrorCode, type QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { platformaticClient } from 'quix-streams-auth/platformatic';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { startSaslBroker, type SaslBroker } from '../support/sasl-broker.ts';

closeAfterEach();

const SASL = { mechanism: 'PLAIN', username: 'user', password: 'first-password' };
/** A port on which no server listens. */
const CLOSED = 'localhost:1';

type Client = QuixStreamingClient;
type Call = (quix: Client) => Promise<unknown>;

function makeKafka(quix: Client): Kafka {
  const retry = { retries: 3, initialRetryTime: 20 };
  return new Kafka(kafkaJSConfig(quix, { logLevel: logLevel.NOTHING, retry }));
}

const ignore = (): Promise<void> => Promise.resolve();

/** Runs a consumer, and rejects with the event of its crash. */
function crash(quix: Client): Promise<unknown> {
  const consumer = makeKafka(quix).consumer({ groupId: 'group' });
  onTestFinished(() => consumer.disconnect());
  return new Promise((_, reject) => {
    consumer.on('consumer.crash', reject);
    void consumer.run({ eachMessage: ignore });
  });
}

const PLATFORMATIC = { retries: 3, retryDelay: 20 };

/** Calls that connect, by Kafka client. Each rejects with what the user gets. */
const CALLS: Record<string, Record<string, Call>> = {
  kafkajs: {
    'producer.connect()': (quix) => makeKafka(quix).producer().connect(),
    'consumer.connect()': (quix) => makeKafka(quix).consumer({ groupId: 'group' }).connect(),
    'admin.connect()': (quix) => makeKafka(quix).admin().connect(),
    'the event of a crashed consumer': crash,
  },
  '@platformatic/kafka': {
    'producer.send()': (quix) => {
      const producer = platformaticClient(quix, Producer, {
        ...PLATFORMATIC,
        serializers: stringSerializers,
      });
      onTestFinished(() => producer.close());
      return producer.send({ messages: [{ topic: 'topic', value: 'value' }] });
    },
    'consumer.consume()': (quix) => {
      const consumer = platformaticClient(quix, Consumer, { ...PLATFORMATIC, groupId: 'group' });
      onTestFinished(() => {
        consumer.close(true);
      });
      return consumer.consume({ topics: ['topic'] });
    },
    'admin.metadata()': (quix) => {
      const admin = platformaticClient(quix, Admin, PLATFORMATIC);
      onTestFinished(() => admin.close());
      return admin.metadata({ topics: [] });
    },
  },
};

/** Causes of failures, by code. Each function changes the Portal or the broker. */
const FAILURES: readonly [string, QuixErrorCode, (portal: PortalEmulator) => unknown][] = [
  [
    'a rejected token',
    'QUIX_TOKEN_REJECTED',
    (portal) => {
      portal.rotateTokens();
    },
  ],
  [
    'a missing permission',
    'QUIX_FORBIDDEN',
    (portal) => portal.faults.push({ status: 403, times: Infinity }),
  ],
  [
    'an unknown workspace',
    'QUIX_WORKSPACE_NOT_FOUND',
    (portal) => portal.faults.push({ status: 404, times: Infinity }),
  ],
  [
    'a Portal that is unavailable',
    'QUIX_PORTAL_UNAVAILABLE',
    (portal) => portal.faults.push({ transport: 'reset', times: Infinity }),
  ],
  [
    'a mechanism that is not supported',
    'QUIX_UNSUPPORTED',
    (portal) => {
      portal.setBroker({ sasl: { mechanism: 'GSSAPI' } });
    },
  ],
  [
    'refused logins',
    'QUIX_CREDENTIALS_REFUSED',
    async (portal) => {
      const broker = await startSaslBroker({ refuse: () => 'Authentication failed' });
      setBroker(portal, broker);
    },
  ],
  [
    'an untrusted certificate',
    'QUIX_CREDENTIALS_REFUSED',
    async (portal) => {
      const [trusted, other] = await Promise.all([
        createCertificateAuthority(),
        createCertificateAuthority('Other'),
      ]);
      const broker = await startSaslBroker({ identity: await other.issue(['localhost']) });
      const { certificate: ca } = trusted;
      portal.setBroker({ brokers: [broker.address], securityProtocol: 'SASL_SSL', sasl: SASL, ca });
    },
  ],
];

function setBroker(portal: PortalEmulator, { address }: Pick<SaslBroker, 'address'>): void {
  portal.setBroker({ brokers: [address], securityProtocol: 'SASL_PLAINTEXT', sasl: SASL });
}

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.unreachable('The call resolved. It should have rejected.'),
    (error: unknown) => error,
  );

describe.each(Object.entries(CALLS))('QuixError.from() with %s', (_, calls) => {
  describe.each(Object.entries(calls))('%s', (_, call) => {
    it.each(FAILURES)('finds the error after %s: %s', async (_, code, fail) => {
      const portal = await startPortal();
      const retryable = code === 'QUIX_PORTAL_UNAVAILABLE';
      const quix = makeClient(portal, {
        workspaceId: portal.workspaceId,
        ...(retryable && { timeoutMs: 400 }),
      });
      await fail(portal);
      const error = await rejection(call(quix));
      expect(QuixError.from(error)).toMatchObject({ code, retryable });
    });

    it('returns undefined if no broker can be reached', async () => {
      const portal = await startPortal();
      setBroker(portal, { address: CLOSED });
      const error = await rejection(call(makeClient(portal)));
      expect(error).toBeDefined();
      expect(QuixError.from(error)).toBeUndefined();
    });
  });
});

describe('kafkajs', () => {
  it('gets the code in the message, and QuixError.from() returns the original error', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal);
    const thrown: unknown[] = [];
    const load = quix.getBrokerCredentials.bind(quix);
    vi.spyOn(quix, 'getBrokerCredentials').mockImplementation((options) =>
      load(options).catch((error: unknown) => {
        thrown.push(error);
        throw error;
      }),
    );
    portal.rotateTokens();
    const error = await rejection(makeKafka(quix).producer().connect());
    expect(error).toMatchObject({
      message: expect.stringMatching(/threw: QUIX_TOKEN_REJECTED: .*\(401\)/) as string,
    });
    expect(QuixError.from(error)).toBe(thrown[0]);
    expect(thrown[0]).toMatchObject({
      status: 401,
      correlationId: expect.any(String) as string,
      hint: expect.stringContaining('token') as string,
    });
    expect(portal.requests).toHaveLength(1);
  });

  it('rejects with a copy if a login fails, and QuixError.from() returns the original error', async () => {
    const broker = await startSaslBroker({ refuse: () => 'Authentication failed' });
    const portal = await startPortal();
    setBroker(portal, broker);
    const quix = makeClient(portal);
    await quix.getBrokerCredentials();
    portal.rotateTokens();
    const error = await rejection(makeKafka(quix).producer().connect());
    expect(error).toMatchObject({
      code: 'QUIX_CREDENTIALS_REFUSED',
      message: expect.stringMatching(/^QUIX_CREDENTIALS_REFUSED: Kafka refused/) as string,
      name: 'QuixError',
    });
    expect(QuixError.from(error)).toMatchObject({
      message: expect.stringMatching(/^Kafka refused/) as string,
      cause: { code: 'QUIX_TOKEN_REJECTED', status: 401 },
    });
  });

  it.each([
    ['does not restart', 'a rejected token', false],
    ['restarts', 'an unavailable Portal', true],
  ] as const)('%s a crashed consumer after %s', async (_, __, restart) => {
    const portal = await startPortal();
    const quix = makeClient(portal, { timeoutMs: 400 });
    if (restart) portal.faults.push({ transport: 'reset', times: Infinity });
    else portal.rotateTokens();
    expect(await rejection(crash(quix))).toMatchObject({ payload: { restart } });
  });

  it('keeps the restartOnFailure of the user', async () => {
    const restartOnFailure = (): Promise<boolean> => Promise.resolve(true);
    const portal = await startPortal();
    const config = kafkaJSConfig(makeClient(portal), { retry: { retries: 1, restartOnFailure } });
    expect(config.retry).toEqual({ retries: 1, restartOnFailure });
  });
});
