import { QuixStreamingClient } from 'quix-streams-auth';
import { librdkafkaConfig } from 'quix-streams-auth/librdkafka';
import { describe, expect, it, vi } from 'vitest';
import { errorOf, errorThrown } from '../../support/errors.ts';
import { closeAfterEach, makeClient, startPortal } from '../../support/portal-clients.ts';

closeAfterEach();

describe('the config of librdkafkaConfig()', () => {
  it('has the credentials and the limits of idle connections, after one exchange', async () => {
    const quix = makeClient(await startPortal());
    const { config } = await librdkafkaConfig(quix);
    expect(config).toEqual({
      ...(await quix.getBrokerCredentials()).toLibrdkafka(),
      'connections.max.idle.ms': 180_000,
      'metadata.max.age.ms': 180_000,
      'reconnect.backoff.max.ms': 1_000,
    });
    expect(quix.describe().exchanges).toBe(1);
  });

  it('has the other properties of the Portal, except those of OAUTHBEARER', async () => {
    const portal = await startPortal();
    portal.setBroker({
      raw: {
        'connections.max.idle.ms': '1000',
        'enable.sparse.connections': 'false',
        'sasl.oauthbearer.scope': 'all',
      },
    });
    const { config } = await librdkafkaConfig(makeClient(portal));
    expect(config).toMatchObject({
      'connections.max.idle.ms': '1000',
      'enable.sparse.connections': false,
    });
    expect(config).not.toHaveProperty('sasl.oauthbearer.scope');
  });

  it('contains the properties of the user, also for brokers and the login, except undefined ones', async () => {
    const overrides = {
      'bootstrap.servers': 'localhost:9092',
      'sasl.password': 'own',
      'metadata.max.age.ms': 1_000,
      'security.protocol': undefined,
    };
    const { config } = await librdkafkaConfig(makeClient(await startPortal()), overrides);
    expect(config).toMatchObject({ ...overrides, 'security.protocol': 'sasl_ssl' });
  });
});

describe('librdkafkaConfig()', () => {
  it.each([undefined, null, {}, 'a token'])('rejects with %j as first argument', async (quix) => {
    const { code, message } = await errorOf(librdkafkaConfig(quix as never));
    expect(code).toBe('QUIX_CONFIG');
    expect(message).toContain('librdkafkaConfig() must be a QuixStreamingClient');
  });

  it('accepts a client of a second installed copy of this package', async () => {
    vi.resetModules();
    const { QuixStreamingClient: Other } = await import('quix-streams-auth');
    const portal = await startPortal();
    const quix = new Other({ env: portal.env });
    expect(quix).not.toBeInstanceOf(QuixStreamingClient);
    expect((await librdkafkaConfig(quix)).attach).toBeTypeOf('function');
    await quix.close();
  });

  it('rejects with the error of the exchange', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal);
    portal.rotateTokens();
    expect((await errorOf(librdkafkaConfig(quix))).code).toBe('QUIX_TOKEN_REJECTED');
    expect(quix.describe().logins.ended).toBe(1);
  });

  it('rejects for a mechanism that the adapters do not support, unless the user sets a login', async () => {
    const portal = await startPortal();
    portal.setBroker({ sasl: { mechanism: 'OAUTHBEARER' } });
    const quix = makeClient(portal);
    expect((await errorOf(librdkafkaConfig(quix))).code).toBe('QUIX_UNSUPPORTED');
    const { config } = await librdkafkaConfig(quix, { 'sasl.username': 'me' });
    expect(config['sasl.mechanism']).toBe('OAUTHBEARER');
  });
});

describe('attach()', () => {
  // Mistakes: nothing, the config, and a client of the KafkaJS API.
  it.each([undefined, null, { 'group.id': 'group' }, { connect: () => undefined }])(
    'throws for %j, and names the packages to install',
    async (client) => {
      const { attach } = await librdkafkaConfig(makeClient(await startPortal()));
      const { code, message } = errorThrown(() => attach(client as never));
      expect(code).toBe('QUIX_CONFIG');
      expect(message).toMatch(
        /attach\(\).*npm install node-rdkafka.*npm install @confluentinc\/kafka-javascript/,
      );
    },
  );
});
