import { inspect } from 'node:util';
import type { PortalBrokerUpdate } from 'quix-streams-auth/testing';
import { describe, expect, it, vi } from 'vitest';
import {
  createCertificateAuthority,
  createSelfSigned,
  type Identity,
} from '../support/certificates.ts';
import { kafkaConnections } from '../support/kafka-connections.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { startSaslBroker, type PlainLogin } from '../support/sasl-broker.ts';

closeAfterEach();

const CLIENTS = ['kafkajs', '@platformatic/kafka'] as const;
const FIRST = { mechanism: 'PLAIN', username: 'user', password: 'first-password' };
const SECOND = { ...FIRST, password: 'second-password' };

/** Starts a broker, and returns the settings with which the Portal describes it. */
async function startBroker(
  securityProtocol: 'SASL_PLAINTEXT' | 'SASL_SSL',
  beforeHandshake?: () => unknown,
) {
  const authority = await createCertificateAuthority();
  const usesTls = securityProtocol === 'SASL_SSL';
  const broker = await startSaslBroker({
    ...(usesTls && { identity: await authority.issue(['localhost']) }),
    ...(beforeHandshake && { beforeHandshake }),
  });
  const settings: PortalBrokerUpdate = {
    brokers: [broker.address],
    securityProtocol,
    ca: usesTls ? authority.certificate : '',
  };
  return { broker, settings };
}

describe.each(CLIENTS)('%s', (name) => {
  it.each([
    ['SASL_PLAINTEXT', 'SASL_SSL'],
    ['SASL_SSL', 'SASL_PLAINTEXT'],
    ['SASL_SSL', 'SASL_SSL'],
  ] as const)(
    'sends no password to a broker with %s if the settings change to another broker with %s before the login',
    { meta: { faults: [104] } },
    async (before, after) => {
      const portal = await startPortal();
      const quix = makeClient(portal);
      const next = await startBroker(after);
      const old = await startBroker(before, async () => {
        portal.setBroker({ ...next.settings, sasl: SECOND });
        await quix.getBrokerCredentials({ forceRefresh: true });
      });
      portal.setBroker({ ...old.settings, sasl: FIRST });
      await quix.getBrokerCredentials();
      await kafkaConnections[name](quix)();
      expect(old.broker.connections).toBeGreaterThan(0);
      expect(old.broker.logins).toEqual([]);
      expect(next.broker.logins.at(-1)?.password).toBe(SECOND.password);
      expect(quix.describe()).toMatchObject({ state: 'ready', refusals: 0 });
    },
  );

  it.each([
    ['unknown', 'SASL_SSL'],
    ['unknown', 'SASL_PLAINTEXT'],
    ['SASL_PLAINTEXT', 'SASL_SSL'],
    ['SASL_SSL', 'SASL_PLAINTEXT'],
  ] as const)(
    'uses the current protocol if it was %s when the client was created and is %s later',
    { meta: { faults: [104] } },
    async (before, after) => {
      const portal = await startPortal();
      const quix = makeClient(portal);
      if (before !== 'unknown') {
        portal.setBroker({ securityProtocol: before, sasl: FIRST });
        await quix.getBrokerCredentials();
      }
      const request = kafkaConnections[name](quix);
      const { broker, settings } = await startBroker(after);
      const wrong = await startBroker('SASL_PLAINTEXT');
      const brokers =
        after === 'SASL_SSL' ? [wrong.broker.address, broker.address] : [broker.address];
      portal.setBroker({ ...settings, brokers, sasl: SECOND });
      await quix.getBrokerCredentials({ forceRefresh: true });
      await request();
      expect(wrong.broker.received.includes(SECOND.password)).toBe(false);
      expect(broker.logins.at(-1)?.password).toBe(SECOND.password);
    },
  );

  describe('with NODE_TLS_REJECT_UNAUTHORIZED=0', () => {
    const authority = createCertificateAuthority();
    const identities: Record<string, () => Promise<Identity>> = {
      'for another host': async () => (await authority).issue(['other.example']),
      'that has expired': async () => (await authority).issue(['localhost'], { expired: true }),
      'that is self-signed': () => createSelfSigned(['localhost']),
      'of an unknown authority': async () =>
        (await createCertificateAuthority('Other')).issue(['localhost']),
    };

    it.each(Object.keys(identities))(
      'sends no password to a broker with a certificate %s, unless the TLS options of the user allow it',
      { meta: { faults: [103] } },
      async (certificate) => {
        vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
        const identity = await identities[certificate]?.();
        const broker = await startSaslBroker(identity && { identity });
        const portal = await startPortal();
        const ca = (await authority).certificate;
        const securityProtocol = 'SASL_SSL';
        portal.setBroker({ brokers: [broker.address], securityProtocol, sasl: FIRST, ca });
        for (const tls of [undefined, { minVersion: 'TLSv1.2', ca } as const]) {
          const options = { retries: 0, ...(tls && { tls }) };
          const request = kafkaConnections[name](makeClient(portal), options);
          await expect(request()).rejects.toThrow();
        }
        expect(broker.logins).toEqual([]);
        await kafkaConnections[name](makeClient(portal), { tls: { rejectUnauthorized: false } })();
        expect(broker.logins).not.toEqual([]);
      },
    );
  });

  it(
    'logs in on a new connection if the user name changed before a login is renewed',
    { meta: { faults: [115] } },
    async () => {
      const refuse = vi.fn(({ username }: PlainLogin, earlier?: PlainLogin) =>
        earlier && earlier.username !== username
          ? `Cannot change principals during re-authentication from User.${earlier.username}: User.${username}`
          : undefined,
      );
      const broker = await startSaslBroker({
        // kafkajs renews the login before each request. @platformatic/kafka renews it after 0.8 s.
        sessionLifetimeMs: 1_000,
        refuse,
      });
      const portal = await startPortal();
      const securityProtocol = 'SASL_PLAINTEXT';
      portal.setBroker({ brokers: [broker.address], securityProtocol, sasl: FIRST });
      const quix = makeClient(portal);
      await quix.getBrokerCredentials();
      const request = kafkaConnections[name](quix);
      await request();
      portal.setBroker({ sasl: { username: 'new-user', password: SECOND.password } });
      await quix.getBrokerCredentials({ forceRefresh: true });
      await expect
        .poll(
          async () => {
            await request();
            return broker.logins.at(-1)?.username;
          },
          { timeout: 5_000 },
        )
        .toBe('new-user');
      expect(quix.describe()).toMatchObject({ state: 'ready', exchanges: 2, refusals: 0 });
      expect(refuse.mock.results.map(({ value }) => value as unknown)).not.toContainEqual(
        expect.any(String),
      );
    },
  );

  it("sends the Portal's client id if the credentials were cached when the client was created", async () => {
    const { broker, settings } = await startBroker('SASL_PLAINTEXT');
    const portal = await startPortal();
    portal.setBroker({ ...settings, sasl: FIRST, clientId: 'from-the-portal' });
    const quix = makeClient(portal);
    await quix.getBrokerCredentials();
    await kafkaConnections[name](quix)();
    expect([...broker.clientIds]).toEqual(['from-the-portal']);
  });

  it('reports an untrusted certificate, and connects when the Portal returns the right CA', async () => {
    const { broker, settings } = await startBroker('SASL_SSL');
    const { certificate } = await createCertificateAuthority('Other');
    const portal = await startPortal();
    portal.setBroker({ ...settings, sasl: FIRST, ca: certificate });
    const quix = makeClient(portal);
    const request = kafkaConnections[name](quix, { retries: 2 });
    const error = await request().catch((thrown: unknown) => inspect(thrown, { depth: 9 }));
    expect(error).toMatch(/The certificate of a broker is not trusted \([A-Z_]+\)/);
    expect(error).toContain('The Portal still returns the same CA.');
    expect(error).not.toMatch(/refused the credentials|password|token/i);
    portal.setBroker(settings);
    await expect
      .poll(() => kafkaConnections[name](quix)().then(() => broker.logins.length), {
        timeout: 10_000,
      })
      .toBeGreaterThan(0);
  });
});
