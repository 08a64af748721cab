import { describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { send, startPortal } from './request-portal.ts';

const { certificate: PEM } = await createCertificateAuthority();

describe('GET /workspaces', () => {
  it('returns an array of workspaces with the fields of the Portal', async () => {
    const portal = await startPortal({
      broker: { brokers: ['a.example:9093', 'b.example:9093'], ca: PEM },
    });
    const { sasl } = portal.workspaces.get(portal.workspaceId)?.broker ?? {};
    const { status, headers, body } = await send(portal, '/workspaces');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(body).toEqual([
      {
        workspaceId: 'org-project-dev',
        name: 'dev',
        status: 'Ready',
        brokerType: 'SharedKafka',
        broker: {
          address: 'a.example:9093,b.example:9093',
          securityMode: 'SaslSsl',
          sslPassword: '',
          saslMechanism: 'ScramSha512',
          username: 'org-project-dev',
          password: sasl?.password,
          hasCertificate: true,
        },
        brokerSettings: { brokerType: 'SharedKafka', syncTopics: false },
        workspaceClassId: 'Standard',
        storageClassId: 'Standard',
        createdAt: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
        repositoryId: 'emulated-repository',
        branch: 'dev',
        environmentName: 'dev',
        version: 2,
        branchProtected: false,
      },
    ]);
  });

  it('returns the options of a workspace', async () => {
    const portal = await startPortal({
      workspaces: [
        {
          workspaceId: 'w',
          name: 'My environment',
          status: 'Deleting',
          brokerType: 'ConfluentCloud',
          raw: { broker: null, surprise: 1, storageClassId: undefined },
        },
      ],
    });
    const [workspace] = (await send(portal, '/workspaces')).body as [Record<string, unknown>];
    expect(workspace).toMatchObject({
      name: 'My environment',
      status: 'Deleting',
      brokerType: 'ConfluentCloud',
      brokerSettings: { brokerType: 'ConfluentCloud' },
      broker: null,
      surprise: 1,
    });
    expect(workspace).not.toHaveProperty('storageClassId');
  });

  it('omits the fields that platform version 1 does not have', async () => {
    const portal = await startPortal({ workspaces: [{ workspaceId: 'w', version: 1 }] });
    const [workspace] = (await send(portal, '/workspaces')).body as [object];
    expect(workspace).toMatchObject({ version: 1, brokerType: 'SharedKafka' });
    expect(workspace).not.toHaveProperty('brokerSettings');
    expect(workspace).not.toHaveProperty('repositoryId');
  });
});

describe('GET /workspaces/{id}', () => {
  it('returns the current state of the workspace', async () => {
    const portal = await startPortal();
    const path = `/workspaces/${portal.workspaceId}`;
    expect([(await send(portal, path)).body]).toEqual((await send(portal, '/workspaces')).body);
    const workspace = portal.workspaces.get(portal.workspaceId);
    if (workspace) workspace.status = 'Disabled';
    expect((await send(portal, path)).body).toMatchObject({ status: 'Disabled' });
    portal.workspaces.delete(portal.workspaceId);
    expect((await send(portal, path)).status).toBe(404);
  });

  it.each([
    ['PLAINTEXT', 'GSSAPI', 'PlainText', 'Gssapi'],
    ['SSL', 'PLAIN', 'Ssl', 'Plain'],
    ['SASL_PLAINTEXT', 'SCRAM-SHA-256', 'Sasl', 'ScramSha256'],
    ['SASL_SSL', 'NEW-ONE', 'SaslSsl', 'NEW-ONE'],
  ] as const)(
    'translates %s and %s to %s and %s',
    async (protocol, mechanism, mode, saslMechanism) => {
      const portal = await startPortal({
        broker: { securityProtocol: protocol, sasl: { mechanism } },
      });
      const { body } = await send(portal, `/workspaces/${portal.workspaceId}`);
      expect(body).toMatchObject({
        broker: { securityMode: mode, saslMechanism, hasCertificate: false },
      });
    },
  );

  it('answers 403 or 404 with an error body', async () => {
    const portal = await startPortal();
    for (const path of ['', '/broker/librdkafka', '/certificates']) {
      const unknown = await send(portal, `/workspaces/elsewhere${path}`);
      expect(unknown).toMatchObject({
        status: 404,
        body: { message: "Workspace 'elsewhere' was not found." },
      });
      const token = portal.addToken({ workspaces: [] });
      const hidden = await send(portal, `/workspaces/${portal.workspaceId}${path}`, { token });
      expect(hidden).toMatchObject({ status: 403, body: { correlationId: /./ } });
    }
  });

  it('decodes the workspace id in the path', async () => {
    const workspaceId = 'a b/c%d';
    const portal = await startPortal({ workspaces: [{ workspaceId }] });
    const path = `/workspaces/${encodeURIComponent(workspaceId)}`;
    expect((await send(portal, path)).body).toMatchObject({ workspaceId });
  });
});

describe('GET /workspaces/{id}/broker/librdkafka', () => {
  it('returns librdkafka settings as strings', async () => {
    const portal = await startPortal();
    const path = `/workspaces/${portal.workspaceId}/broker/librdkafka`;
    const { body } = await send(portal, path);
    expect(body).toEqual({
      'bootstrap.servers': '127.0.0.1:9092',
      'security.protocol': 'SASL_SSL',
      'sasl.mechanism': 'SCRAM-SHA-512',
      'sasl.username': 'org-project-dev',
      'sasl.password': expect.stringMatching(/^[\w-]{32}$/) as unknown,
    });
    expect((await send(await startPortal(), path)).body).not.toEqual(body);
  });

  it('returns each change of the broker and keeps the other settings', async () => {
    const portal = await startPortal();
    const settings = async (): Promise<unknown> =>
      (await send(portal, `/workspaces/${portal.workspaceId}/broker/librdkafka`)).body;
    const before = (await settings()) as Record<string, unknown>;

    portal.setBroker({ brokers: ['a.example:1', 'b.example:2'], sasl: { password: 'changed' } });
    portal.setBroker({ sasl: { username: 'u' } });
    portal.setBroker({ clientId: 'lkc-1', ca: PEM });
    const changed = {
      ...before,
      'bootstrap.servers': 'a.example:1,b.example:2',
      'sasl.username': 'u',
      'sasl.password': 'changed',
      'client.id': 'lkc-1',
    };
    expect(await settings()).toEqual({
      ...changed,
      'ssl.ca.cert': Buffer.from(PEM).toString('base64'),
    });

    portal.setBroker({ ca: '' });
    expect(await settings()).toEqual({ ...changed, 'ssl.ca.cert': '' });

    portal.setBroker({ ca: undefined });
    expect(await settings()).toEqual(changed);
  });

  it('omits the SASL settings for a protocol without SASL', async () => {
    const portal = await startPortal({ broker: { securityProtocol: 'PLAINTEXT' } });
    const path = `/workspaces/${portal.workspaceId}/broker/librdkafka`;
    expect((await send(portal, path)).body).toEqual({
      'bootstrap.servers': '127.0.0.1:9092',
      'security.protocol': 'PLAINTEXT',
    });
    portal.setBroker({ securityProtocol: 'SASL_SSL', sasl: undefined });
    expect((await send(portal, path)).body).not.toHaveProperty(['sasl.username']);
    portal.setBroker({ sasl: { mechanism: 'PLAIN' } });
    expect((await send(portal, path)).body).toMatchObject({
      'sasl.mechanism': 'PLAIN',
      'sasl.username': 'org-project-dev',
    });
  });

  it('returns the keys of `raw` with values of any type', async () => {
    const raw = { 'sasl.password': 42, 'sasl.mechanism': undefined, 'sasl.mechanisms': 'PLAIN' };
    const portal = await startPortal({ broker: { raw } });
    const path = `/workspaces/${portal.workspaceId}/broker/librdkafka`;
    const { body } = await send(portal, path);
    expect(body).toMatchObject({ 'sasl.password': 42, 'sasl.mechanisms': 'PLAIN' });
    expect(body).not.toHaveProperty(['sasl.mechanism']);
  });

  it.each([
    ['text that is not PEM', 'not PEM'],
    ['a PEM block without a certificate', PEM.replace(/^M.*$/m, 'AAAA')],
    ['base64 of a PEM certificate', Buffer.from(PEM).toString('base64')],
  ])('rejects %s as the CA and keeps the broker', async (_, ca) => {
    const portal = await startPortal({ broker: { ca: PEM } });
    expect(() => {
      portal.setBroker({ ca, clientId: 'changed' });
    }).toThrow(expect.objectContaining({ code: 'QUIX_CONFIG' }) as Error);
    expect(portal.workspaces.get(portal.workspaceId)?.broker).toMatchObject({ ca: PEM });
    expect(portal.workspaces.get(portal.workspaceId)?.broker.clientId).toBeUndefined();
  });

  it('returns any text as the CA that is set with `raw`', async () => {
    const portal = await startPortal({ broker: { ca: PEM, raw: { 'ssl.ca.cert': 'not PEM' } } });
    const path = `/workspaces/${portal.workspaceId}/broker/librdkafka`;
    expect((await send(portal, path)).body).toMatchObject({ 'ssl.ca.cert': 'not PEM' });
  });

  it('returns the broker of the workspace in the path', async () => {
    const portal = await startPortal({
      workspaces: [{ workspaceId: 'one' }, { workspaceId: 'two', broker: { clientId: 'second' } }],
      broker: { clientId: 'first' },
    });
    const token = portal.addToken();
    portal.setBroker({ brokers: ['two.example:9092'] }, 'two');
    expect((await send(portal, '/workspaces/one/broker/librdkafka', { token })).body).toMatchObject(
      {
        'client.id': 'first',
        'bootstrap.servers': '127.0.0.1:9092',
        'sasl.username': 'one',
      },
    );
    expect((await send(portal, '/workspaces/two/broker/librdkafka', { token })).body).toMatchObject(
      {
        'client.id': 'second',
        'bootstrap.servers': 'two.example:9092',
        'sasl.username': 'two',
      },
    );
  });
});

describe('GET /workspaces/{id}/certificates', () => {
  it('answers 204 without a CA', async () => {
    const portal = await startPortal();
    const path = `/workspaces/${portal.workspaceId}/certificates`;
    expect(await send(portal, path)).toMatchObject({ status: 204, text: '' });
    portal.setBroker({ ca: '' });
    expect((await send(portal, path)).status).toBe(204);
  });

  it('returns a zip archive with ca.cert', async () => {
    const portal = await startPortal({ broker: { ca: PEM } });
    const response = await fetch(`${portal.url}/workspaces/${portal.workspaceId}/certificates`, {
      headers: { authorization: `Bearer ${portal.token1}` },
    });
    expect(response.headers.get('content-type')).toBe('application/zip');
    const zip = Buffer.from(await response.arrayBuffer());
    // The end record contains the offset of the directory, which contains the offset of the file.
    const end = zip.length - 22;
    expect([zip.readUInt32LE(end), zip.readUInt16LE(end + 10)]).toEqual([0x06054b50, 1]);
    const directory = zip.readUInt32LE(end + 16);
    expect(directory + zip.readUInt32LE(end + 12)).toBe(end);
    expect(zip.readUInt32LE(directory)).toBe(0x02014b50);
    const file = zip.readUInt32LE(directory + 42);
    expect(zip.readUInt32LE(file)).toBe(0x04034b50);
    const size = zip.readUInt32LE(directory + 24);
    const name = zip.readUInt16LE(file + 26);
    expect(zip.toString('utf8', file + 30, file + 30 + name)).toBe('ca.cert');
    expect(zip.toString('utf8', file + 30 + name, file + 30 + name + size)).toBe(PEM);
  });
});

describe('an error body', () => {
  it('has the configured shape', async () => {
    const portal = await startPortal({ errorShape: 'json-string' });
    const message = "Workspace 'x' was not found.";
    expect(await send(portal, '/workspaces/x')).toMatchObject({ status: 404, body: message });
    portal.errorShape = 'text';
    const response = await send(portal, '/workspaces/x');
    expect(response).toMatchObject({ status: 404, text: message });
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    portal.errorShape = 'object';
    expect((await send(portal, '/workspaces/x')).body).toMatchObject({ message });
  });
});
