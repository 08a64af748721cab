import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { runSource, sourceUrl } from '../support/run-source.ts';
import { answer, startServer } from '../support/scripted-server.ts';
import { SETTINGS } from './scripted-portal.ts';

closeAfterEach();

/** Adds properties to `Object.prototype` of a child process, and removes them. */
const POLLUTION = `
const pollute = (properties, enumerable = true) => {
  for (const [name, value] of Object.entries(properties)) {
    const property = { value, enumerable, writable: true, configurable: true };
    Object.defineProperty(Object.prototype, name, property);
  }
};
const restore = (names) => {
  for (const name of names) delete Object.prototype[name];
};
`;

/** Uses all methods of a client after other code has changed `Object.prototype`. */
const USE_CLIENT = `${POLLUTION}
const { portalApi, evil, moment, enumerable, token1, token2 } = JSON.parse(process.env.CASE);
const received = [];
const receive = (text) => void received.push(String(text));
const properties = {
  portalApi: evil, brokerAddress: 'evil.example:9092', workspaceId: 'evil', userAgent: 'evil',
  token: 'evil-token', tokenFile: '/evil', tokenEnvVar: 'EVIL', fallbackToken: 'evil-token',
  env: { Quix__Portal__Api: evil, Quix__Sdk__Token: 'evil-token' }, ca: 'evil', timeoutMs: 1,
  maxAgeMs: 1, tokenWarnings: 'evil', autoCreateTopics: false, logger: { debug: receive },
  dispatcher: { dispatch: (options) => receive(JSON.stringify(options)) },
  Quix__Portal__Api: evil, Quix__Workspace__Id: 'evil', Quix__Broker__Address: 'evil.example:9092',
  Quix__Sdk__Token: 'evil-token', Quix__Consumer_Group: 'evil', HTTPS_PROXY: evil, http_proxy: evil,
  signal: AbortSignal.abort(new Error('evil')), forceRefresh: true, create: false,
  configuration: { partitions: 99 }, resourceType: 'Evil', expiryWithinMs: 'evil',
  'ssl.ca.cert': 'evil', 'sasl.username': 'evil', 'sasl.mechanisms': 'PLAIN', 'client.id': 'evil',
  external: 'evil', lastError: 'evil', exp: 1, nbf: 9e9, query: { evil: 1 }, body: 'evil',
  sasl: { mechanism: 'PLAIN', username: 'evil', password: 'evil' }, clientId: 'evil',
};
const result = { received };
try {
  if (moment === 'before') pollute(properties, enumerable);
  const { QuixStreamingClient } = await import(${sourceUrl('src/index.ts')});
  if (moment === 'after') pollute(properties, enumerable);
  const client = new QuixStreamingClient(token1, { portalApi });
  const credentials = await client.getBrokerCredentials({});
  result.isCached = (await client.getBrokerCredentials({})) === credentials;
  result.config = credentials.toLibrdkafka();
  delete result.config['sasl.password'];
  result.topic = (await client.getTopic('a-topic', {})).id;
  result.partitions = (await client.getTopics())[0].configuration.partitions;
  result.group = await client.getConsumerGroup();
  result.brokerType = (await client.getWorkspace()).brokerType;
  const resourceId = credentials.workspaceId;
  const query = { resourceType: 'Workspace', resourceId, permission: 'Read' };
  result.isAllowed = await client.checkPermission(query);
  result.wrongQuery = await client.checkPermission({ resourceId, permission: 'Read' }).catch(({ code }) => code);
  await client.rotateToken(token2, {});
  result.source = client.describe().token.source;
  try { new QuixStreamingClient({ env: {} }); } catch ({ code }) { result.withoutToken = code; }
  await client.close();
} catch (error) {
  result.error = error.stack;
}
restore(Object.keys(properties));
console.log(JSON.stringify(result));
`;

describe('a property of Object.prototype', () => {
  it.each([
    ['before', true],
    ['before', false],
    ['after', true],
    ['after', false],
  ])(
    'is not used in place of an option, a variable or a field (added %s loading, enumerable: %s)',
    { meta: { faults: [118] } },
    async (moment, enumerable) => {
      const portal = await startPortal();
      const evil = await startServer(answer(200, SETTINGS));
      const { url: portalApi, token1, token2 } = portal;
      const CASE = { portalApi, evil: evil.origin, moment, enumerable, token1, token2 };
      expect(await runSource(USE_CLIENT, { CASE: JSON.stringify(CASE) })).toEqual({
        received: [],
        isCached: true,
        config: {
          'bootstrap.servers': '127.0.0.1:9092',
          'security.protocol': 'sasl_ssl',
          'sasl.mechanism': 'SCRAM-SHA-512',
          'sasl.username': portal.workspaceId,
        },
        topic: `${portal.workspaceId}-a-topic`,
        partitions: 1,
        group: `${portal.workspaceId}-quixstreams-default`,
        brokerType: 'SharedKafka',
        isAllowed: true,
        wrongQuery: 'QUIX_CONFIG',
        source: 'rotateToken',
        withoutToken: 'QUIX_TOKEN_MISSING',
      });
      expect(evil.connections).toBe(0);
      expect(portal.requests.map(({ token }) => token)).not.toContain('unknown');
    },
  );

  it(
    'does not weaken TLS and does not lead to another server',
    { meta: { faults: [118] } },
    async () => {
      const authority = await createCertificateAuthority();
      const script = answer(200, SETTINGS);
      const untrusted = await startServer(script, await authority.issue(['127.0.0.1']));
      const misnamed = await startServer(script, await authority.issue(['evil.example']));
      const evil = await startServer(script, await authority.issue(['127.0.0.1']));
      const folder = await mkdtemp(join(tmpdir(), 'quix-fault-'));
      const socketPath = join(folder, 'evil.sock');
      let connections = 0;
      const evilSocket: Server = createServer(() => {
        connections++;
      });
      await new Promise<void>((resolve) => evilSocket.listen(socketPath, resolve));
      onTestFinished(async () => {
        evilSocket.close();
        await rm(folder, { recursive: true });
      });
      const ca = authority.certificate;
      /** Name and value of a property, URL of the Portal, and CA that the client trusts. */
      const cases = [
        ['ca', ca, untrusted.origin],
        ['rejectUnauthorized', false, untrusted.origin],
        ['tls', { ca, rejectUnauthorized: false }, untrusted.origin],
        ['connect', { ca, rejectUnauthorized: false }, untrusted.origin],
        ['requestTls', { ca, rejectUnauthorized: false }, untrusted.origin],
        ['servername', 'evil.example', misnamed.origin, ca],
        ['path', socketPath, untrusted.origin],
        ['socketPath', socketPath, untrusted.origin],
        ['origin', evil.origin, untrusted.origin],
        ['host', evil.host, untrusted.origin],
        ['hostname', evil.host, untrusted.origin],
        ['port', evil.port, untrusted.origin],
        ['uri', evil.origin, untrusted.origin],
        ['proxy', evil.origin, untrusted.origin],
        ['httpsProxy', evil.origin, untrusted.origin],
        ['https_proxy', evil.origin, untrusted.origin],
        ['NODE_TLS_REJECT_UNAUTHORIZED', '0', untrusted.origin],
      ];
      const codes = await runSource(
        `${POLLUTION}
        const { QuixStreamingClient } = await import(${sourceUrl('src/index.ts')});
        const codes = {};
        for (const [name, value, portalApi, ca] of JSON.parse(process.env.CASES)) {
          pollute({ [name]: value });
          const options = { portalApi, ca, env: {}, token: 'sdk-x', workspaceId: 'w', timeoutMs: 3_000 };
          const client = new QuixStreamingClient(options);
          codes[name] = await client.getBrokerCredentials().then(() => 'sent', ({ code }) => code);
          await client.close();
          restore([name]);
        }
        console.log(JSON.stringify(codes));`,
        { CASES: JSON.stringify(cases) },
      );
      // Some of the properties also break Node itself, so the codes differ between its versions.
      expect(Object.keys(codes as object)).toEqual(cases.map(([name]) => name));
      expect(Object.values(codes as object)).not.toContain('sent');
      expect(codes).toMatchObject({ rejectUnauthorized: 'QUIX_PORTAL_TLS' });
      expect([untrusted.heads, misnamed.heads, evil.heads]).toEqual([[], [], []]);
      expect(connections).toBe(0);
    },
  );
});
