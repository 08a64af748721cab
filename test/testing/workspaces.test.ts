import { describe, expect, it } from 'vitest';
import { ask, startPortal } from './ask-portal.ts';

const PEM = '-----BEGIN CERTIFICATE-----\nnot a real one\n-----END CERTIFICATE-----\n';

describe('GET /workspaces', () => {
  it('answers an array of workspaces in the Portal’s shape', async () => {
    const portal = await startPortal({
      broker: { brokers: ['a.example:9093', 'b.example:9093'], ca: PEM },
    });
    const { sasl } = portal.workspaces.get(portal.workspaceId)?.broker ?? {};
    const { status, headers, body } = await ask(portal, '/workspaces');
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

  it('tells of each workspace what it was given', async () => {
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
    const [workspace] = (await ask(portal, '/workspaces')).body as [Record<string, unknown>];
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

  it('leaves out what platform version 1 did not have', async () => {
    const portal = await startPortal({ workspaces: [{ workspaceId: 'w', version: 1 }] });
    const [workspace] = (await ask(portal, '/workspaces')).body as [object];
    expect(workspace).toMatchObject({ version: 1, brokerType: 'SharedKafka' });
    expect(workspace).not.toHaveProperty('brokerSettings');
    expect(workspace).not.toHaveProperty('repositoryId');
  });
});

describe('GET /workspaces/{id}', () => {
  it('answers the same object, as of now', async () => {
    const portal = await startPortal();
    const path = `/workspaces/${portal.workspaceId}`;
    expect([(await ask(portal, path)).body]).toEqual((await ask(portal, '/workspaces')).body);
    const workspace = portal.workspaces.get(portal.workspaceId);
    if (workspace) workspace.status = 'Disabled';
    expect((await ask(portal, path)).body).toMatchObject({ status: 'Disabled' });
    portal.workspaces.delete(portal.workspaceId);
    expect((await ask(portal, path)).status).toBe(404);
  });

  it.each([
    ['PLAINTEXT', 'GSSAPI', 'PlainText', 'Gssapi'],
    ['SSL', 'PLAIN', 'Ssl', 'Plain'],
    ['SASL_PLAINTEXT', 'SCRAM-SHA-256', 'Sasl', 'ScramSha256'],
    ['SASL_SSL', 'NEW-ONE', 'SaslSsl', 'NEW-ONE'],
  ] as const)('calls %s and %s %s and %s', async (protocol, mechanism, mode, saslMechanism) => {
    const portal = await startPortal({
      broker: { securityProtocol: protocol, sasl: { mechanism } },
    });
    const { body } = await ask(portal, `/workspaces/${portal.workspaceId}`);
    expect(body).toMatchObject({
      broker: { securityMode: mode, saslMechanism, hasCertificate: false },
    });
  });

  it('is 403 or 404 with an error body', async () => {
    const portal = await startPortal();
    for (const path of ['', '/broker/librdkafka', '/certificates']) {
      const unknown = await ask(portal, `/workspaces/elsewhere${path}`);
      expect(unknown).toMatchObject({
        status: 404,
        body: { message: "Workspace 'elsewhere' was not found." },
      });
      const token = portal.addToken({ workspaces: [] });
      const hidden = await ask(portal, `/workspaces/${portal.workspaceId}${path}`, { token });
      expect(hidden).toMatchObject({ status: 403, body: { correlationId: /./ } });
    }
  });

  it('takes an id with any character in it', async () => {
    const workspaceId = 'a b/c%d';
    const portal = await startPortal({ workspaces: [{ workspaceId }] });
    const path = `/workspaces/${encodeURIComponent(workspaceId)}`;
    expect((await ask(portal, path)).body).toMatchObject({ workspaceId });
  });
});

describe('GET /workspaces/{id}/broker/librdkafka', () => {
  it('answers librdkafka settings, flat and in text', async () => {
    const portal = await startPortal();
    const path = `/workspaces/${portal.workspaceId}/broker/librdkafka`;
    const { body } = await ask(portal, path);
    expect(body).toEqual({
      'bootstrap.servers': '127.0.0.1:9092',
      'security.protocol': 'SASL_SSL',
      'sasl.mechanism': 'SCRAM-SHA-512',
      'sasl.username': 'org-project-dev',
      'sasl.password': expect.stringMatching(/^[\w-]{32}$/) as unknown,
    });
    expect((await ask(await startPortal(), path)).body).not.toEqual(body);
  });

  it('shows each change of the broker, and keeps what was not named', async () => {
    const portal = await startPortal();
    const settings = async (): Promise<unknown> =>
      (await ask(portal, `/workspaces/${portal.workspaceId}/broker/librdkafka`)).body;
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

  it('has no SASL keys without SASL, and gets them back', async () => {
    const portal = await startPortal({ broker: { securityProtocol: 'PLAINTEXT' } });
    const path = `/workspaces/${portal.workspaceId}/broker/librdkafka`;
    expect((await ask(portal, path)).body).toEqual({
      'bootstrap.servers': '127.0.0.1:9092',
      'security.protocol': 'PLAINTEXT',
    });
    portal.setBroker({ securityProtocol: 'SASL_SSL', sasl: undefined });
    expect((await ask(portal, path)).body).not.toHaveProperty(['sasl.username']);
    portal.setBroker({ sasl: { mechanism: 'PLAIN' } });
    expect((await ask(portal, path)).body).toMatchObject({
      'sasl.mechanism': 'PLAIN',
      'sasl.username': 'org-project-dev',
    });
  });

  it('may have any key in any type', async () => {
    const raw = { 'sasl.password': 42, 'sasl.mechanism': undefined, 'sasl.mechanisms': 'PLAIN' };
    const portal = await startPortal({ broker: { raw } });
    const path = `/workspaces/${portal.workspaceId}/broker/librdkafka`;
    const { body } = await ask(portal, path);
    expect(body).toMatchObject({ 'sasl.password': 42, 'sasl.mechanisms': 'PLAIN' });
    expect(body).not.toHaveProperty(['sasl.mechanism']);
  });

  it('is another one for another workspace', async () => {
    const portal = await startPortal({
      workspaces: [{ workspaceId: 'one' }, { workspaceId: 'two', broker: { clientId: 'second' } }],
      broker: { clientId: 'first' },
    });
    const token = portal.addToken();
    portal.setBroker({ brokers: ['two.example:9092'] }, 'two');
    expect((await ask(portal, '/workspaces/one/broker/librdkafka', { token })).body).toMatchObject({
      'client.id': 'first',
      'bootstrap.servers': '127.0.0.1:9092',
      'sasl.username': 'one',
    });
    expect((await ask(portal, '/workspaces/two/broker/librdkafka', { token })).body).toMatchObject({
      'client.id': 'second',
      'bootstrap.servers': 'two.example:9092',
      'sasl.username': 'two',
    });
  });
});

describe('GET /workspaces/{id}/certificates', () => {
  it('is 204 when the workspace has none', async () => {
    const portal = await startPortal();
    const path = `/workspaces/${portal.workspaceId}/certificates`;
    expect(await ask(portal, path)).toMatchObject({ status: 204, text: '' });
    portal.setBroker({ ca: '' });
    expect((await ask(portal, path)).status).toBe(204);
  });

  it('is a zip of ca.cert when it has one', async () => {
    const portal = await startPortal({ broker: { ca: PEM } });
    const response = await fetch(`${portal.url}/workspaces/${portal.workspaceId}/certificates`, {
      headers: { authorization: `Bearer ${portal.token1}` },
    });
    expect(response.headers.get('content-type')).toBe('application/zip');
    const zip = Buffer.from(await response.arrayBuffer());
    // The end record leads to the directory, the directory to the file.
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
  it('has the shape that it is told', async () => {
    const portal = await startPortal({ errorShape: 'json-string' });
    const message = "Workspace 'x' was not found.";
    expect(await ask(portal, '/workspaces/x')).toMatchObject({ status: 404, body: message });
    portal.errorShape = 'text';
    const answer = await ask(portal, '/workspaces/x');
    expect(answer).toMatchObject({ status: 404, text: message });
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    portal.errorShape = 'object';
    expect((await ask(portal, '/workspaces/x')).body).toMatchObject({ message });
  });
});
