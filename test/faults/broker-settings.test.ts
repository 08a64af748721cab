import { describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { errorOf } from '../support/errors.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { answer, startServer } from '../support/scripted-server.ts';
import { clientOf, SETTINGS } from './scripted-portal.ts';

closeAfterEach();

const clientWith = async (settings: object) =>
  clientOf((await startServer(answer(200, { ...SETTINGS, ...settings }))).origin);

describe('a client', () => {
  it.each(['ScramSha256', 'scram_sha_256', 'SCRAM-SHA-256', 'scram-sha-256'])(
    'reads the SASL mechanism %s as SCRAM-SHA-256',
    { meta: { faults: [61] } },
    async (mechanism) => {
      const { sasl } = await (
        await clientWith({ 'sasl.mechanism': mechanism })
      ).getBrokerCredentials();
      expect(sasl?.mechanism).toBe('SCRAM-SHA-256');
    },
  );

  it(
    'passes an unknown SASL mechanism on to the Kafka client',
    { meta: { faults: [61] } },
    async () => {
      const { sasl } = await (
        await clientWith({ 'sasl.mechanism': 'FUTURE-1' })
      ).getBrokerCredentials();
      expect(sasl?.mechanism).toBe('FUTURE-1');
    },
  );

  it.each(['PLAINTEXT', 'SASL_PLAINTEXT'])(
    'accepts %s and emits a warning',
    { meta: { faults: [62] } },
    async (protocol) => {
      const client = await clientWith({ 'security.protocol': protocol });
      const codes: string[] = [];
      client.on('warning', ({ code }) => codes.push(code));
      expect((await client.getBrokerCredentials()).securityProtocol).toBe(protocol);
      expect(codes).toEqual(['BROKER_NOT_ENCRYPTED']);
    },
  );

  it.each([
    [' a:1 , b:2 ', ['a:1', 'b:2']],
    ['a:1,', ['a:1']],
    ['SASL_SSL://a:1', ['a:1']],
    ['[::1]:9092', ['[::1]:9092']],
  ])('reads the broker list %j as %j', { meta: { faults: [63] } }, async (list, brokers) => {
    expect(
      (await (await clientWith({ 'bootstrap.servers': list })).getBrokerCredentials()).brokers,
    ).toEqual(brokers);
  });

  it.each([',', 'a:', 'a:0', 'a:99999', 'a b:1', '::1:9092'])(
    'rejects the broker list %j as a bad response',
    { meta: { faults: [63] } },
    async (list) => {
      expect(
        (await errorOf((await clientWith({ 'bootstrap.servers': list })).getBrokerCredentials()))
          .code,
      ).toBe('QUIX_BAD_RESPONSE');
    },
  );

  it(
    'rejects a workspace that is being deleted and warns about one that is not ready',
    { meta: { faults: [64] } },
    async () => {
      const deleting = await startPortal({
        workspaces: [{ workspaceId: 'a-b', status: 'Deleting' }],
      });
      expect((await errorOf(makeClient(deleting).getBrokerCredentials())).code).toBe(
        'QUIX_WORKSPACE_NOT_FOUND',
      );
      for (const status of ['Creating', 'Error', 'Enabling', 'Disabled', 'SomethingNew']) {
        const portal = await startPortal({ workspaces: [{ workspaceId: 'a-b', status }] });
        const client = makeClient(portal);
        const codes: string[] = [];
        client.on('warning', ({ code }) => codes.push(code));
        await client.getBrokerCredentials();
        expect(codes).toEqual(['WORKSPACE_NOT_READY']);
      }
    },
  );

  it(
    'suggests a streaming token when the token sees no workspace',
    { meta: { faults: [65] } },
    async () => {
      const portal = await startPortal();
      const error = await errorOf(
        makeClient(portal, { token: portal.addToken({ workspaces: [] }) }).getBrokerCredentials(),
      );
      expect(error.code).toBe('QUIX_WORKSPACE_NONE');
      expect(error.hint).toMatch(/streaming token/);
    },
  );

  it(
    'does not choose a workspace when the token sees several',
    { meta: { faults: [66] } },
    async () => {
      const portal = await startPortal({
        workspaces: [{ workspaceId: 'a-b' }, { workspaceId: 'a-c' }],
      });
      const error = await errorOf(
        makeClient(portal, { token: portal.addToken() }).getBrokerCredentials(),
      );
      expect(error.code).toBe('QUIX_WORKSPACE_AMBIGUOUS');
      expect(error.message).toContain('a-b, a-c');
    },
  );

  it(
    'never switches to another workspace, neither by rotation nor when the token source changes',
    { meta: { faults: [67] } },
    async () => {
      const portal = await startPortal({
        workspaces: [{ workspaceId: 'a-b' }, { workspaceId: 'a-c' }],
      });
      const foreign = portal.addToken({ workspaces: ['a-c'] });
      let token = portal.token1;
      const client = makeClient(portal, { token: () => token, env: {}, portalApi: portal.url });
      await client.getBrokerCredentials();
      expect((await errorOf(client.rotateToken(foreign))).code).toBe('QUIX_WORKSPACE_CHANGED');
      token = foreign;
      expect((await errorOf(client.getBrokerCredentials({ forceRefresh: true }))).code).toBe(
        'QUIX_WORKSPACE_CHANGED',
      );
      expect((await client.getBrokerCredentials()).workspaceId).toBe('a-b');
    },
  );

  it.each([
    '!!!',
    'bm90IGEgY2VydGlmaWNhdGU=',
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
  ])(
    'rejects an invalid CA certificate as a bad response (%#)',
    { meta: { faults: [68] } },
    async (ca) => {
      expect(
        (await errorOf((await clientWith({ 'ssl.ca.cert': ca })).getBrokerCredentials())).message,
      ).toContain('ssl.ca.cert');
    },
  );

  it(
    'emits CA_CHANGED before the new credentials when the CA certificate changes',
    { meta: { faults: [69] } },
    async () => {
      const portal = await startPortal();
      const [first, second] = [
        await createCertificateAuthority('1'),
        await createCertificateAuthority('2'),
      ];
      portal.setBroker({ ca: first.certificate });
      const client = makeClient(portal);
      await client.getBrokerCredentials();
      const events: string[] = [];
      client.on('warning', ({ code }) => events.push(code));
      client.on('credentials', () => events.push('credentials'));
      portal.setBroker({ ca: second.certificate });
      await client.getBrokerCredentials({ forceRefresh: true });
      expect(events).toEqual(['CA_CHANGED', 'credentials']);
    },
  );
});
