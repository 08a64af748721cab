import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { Admin } from '@platformatic/kafka';
import type { KafkaConfig } from 'kafkajs';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { platformaticClient } from 'quix-streams-auth/platformatic';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { errorOf } from '../support/errors.ts';
import { startServer } from '../support/scripted-server.ts';
import type { logWarnings } from '../support/warnings.ts';
import { clientOf, clientWith, good } from './scripted-portal.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/**
 * Returns a certificate with another label. OpenSSL appends an empty sequence to a `TRUSTED
 * CERTIFICATE`.
 */
function relabel(pem: string, label: string): string {
  const [, body = ''] = /-----BEGIN CERTIFICATE-----([^-]+)-/.exec(pem) ?? [];
  const der = Buffer.from(body, 'base64');
  const end = label === 'TRUSTED CERTIFICATE' ? [0x30, 0x00] : [];
  const encoded = Buffer.concat([der, Buffer.from(end)]).toString('base64');
  const lines = encoded.replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

/** Starts a TLS server that requests a client certificate, and records each connection. */
async function startBroker() {
  const authority = await createCertificateAuthority();
  const { certificate, key } = await authority.issue(['localhost']);
  const ca = authority.certificate;
  const connections: { authorized: boolean; protocol: string | null }[] = [];
  const options = { cert: certificate, key, ca, requestCert: true, rejectUnauthorized: false };
  const server = createServer(options, (socket) => {
    socket.on('error', () => undefined);
    connections.push({ authorized: socket.authorized, protocol: socket.getProtocol() });
    socket.end();
  });
  server.on('tlsClientError', () => undefined);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { authority, ca, connections, broker: `localhost:${port}`, port };
}

type Client = Awaited<ReturnType<typeof clientWith>>['client'];

/** Connects with the config of kafkajs. Rejects if the server's certificate is not trusted. */
async function connectKafkaJS(
  client: Client,
  port: number,
  options?: Partial<KafkaConfig>,
): Promise<void> {
  const { brokers, socketFactory } = kafkaJSConfig(client, options);
  if (typeof brokers !== 'function' || !socketFactory) throw new Error('no config');
  await brokers();
  await new Promise<void>((resolve, reject) => {
    const options = { host: 'localhost', port, ssl: {}, onConnect: resolve };
    socketFactory(options).once('error', reject);
  });
}

async function connectPlatformatic(client: Client): Promise<void> {
  const admin = platformaticClient(client, Admin, { retries: 0 });
  await admin.metadata({}).catch(() => undefined); // the server closes each connection
  await admin.close();
}

describe('the CA of the brokers', { meta: { faults: [121] } }, () => {
  it.each(['X509 CERTIFICATE', 'TRUSTED CERTIFICATE'])('can have the label %s', async (label) => {
    const { ca, broker, port } = await startBroker();
    const { client } = await clientWith({
      'bootstrap.servers': broker,
      'ssl.ca.cert': base64(relabel(ca, label)),
    });
    expect((await client.getBrokerCredentials()).ca?.trim()).toBe(ca.trim());
    await connectKafkaJS(client, port);
  });

  it('is ssl.ca.pem if ssl.ca.cert is absent', { meta: { faults: [113] } }, async () => {
    const { ca, broker, port } = await startBroker();
    const { client } = await clientWith({ 'bootstrap.servers': broker, 'ssl.ca.pem': ca });
    await connectKafkaJS(client, port);
    const credentials = await client.getBrokerCredentials();
    expect(credentials.ca).toBe(ca);
    expect(credentials.toLibrdkafka()).toMatchObject({ 'ssl.ca.pem': ca });
    expect(credentials.settings).toEqual({});
  });

  it('is used by kafkajs together with an ssl option without a CA', async () => {
    const { broker, ca, connections, port } = await startBroker();
    const { client } = await clientWith({ 'bootstrap.servers': broker, 'ssl.ca.pem': ca });
    await connectKafkaJS(client, port, { ssl: { ca: undefined, minVersion: 'TLSv1.3' } });
    await expect.poll(() => connections.length).toBe(1);
  });

  it('is ssl.ca.cert if both are present, as in the Python client', async () => {
    const [{ certificate: ca }, other] = [
      await createCertificateAuthority('used'),
      await createCertificateAuthority('not used'),
    ];
    const { client } = await clientWith({
      'ssl.ca.cert': base64(ca),
      'ssl.ca.pem': other.certificate,
    });
    expect((await client.getBrokerCredentials()).ca).toBe(ca);
  });

  it.each(['', ' \n', null])('is absent if ssl.ca.pem is %j', async (pem) => {
    const { client, warnings } = await clientWith({ 'ssl.ca.cert': '', 'ssl.ca.pem': pem });
    const credentials = await client.getBrokerCredentials();
    expect(credentials.ca).toBeUndefined();
    expect(credentials.toLibrdkafka()).not.toHaveProperty(['ssl.ca.pem']);
    expect(warnings.codes).toEqual([]);
  });

  it('causes QUIX_BAD_RESPONSE if ssl.ca.pem is not a certificate', async () => {
    const { client } = await clientWith({ 'ssl.ca.pem': 'not a certificate' });
    const error = await errorOf(client.getBrokerCredentials());
    expect(error.code).toBe('QUIX_BAD_RESPONSE');
    expect(error.message).toContain('"ssl.ca.pem"');
  });
});

it.each(['X509 CERTIFICATE', 'TRUSTED CERTIFICATE'])(
  'accepts a CA with the label %s in the option ca of a client',
  { meta: { faults: [121] } },
  async (label) => {
    const authority = await createCertificateAuthority();
    const portal = await startServer(good, await authority.issue(['127.0.0.1']));
    const client = clientOf(portal.origin, { ca: relabel(authority.certificate, label) });
    expect((await client.getBrokerCredentials()).brokers).toEqual(['kafka.example:9093']);
  },
);

describe(
  'the client certificate in the settings of the Portal',
  { meta: { faults: [113] } },
  () => {
    async function start() {
      const server = await startBroker();
      const identity = await server.authority.issue(['service']);
      const { client, warnings } = await clientWith({
        'bootstrap.servers': server.broker,
        'ssl.ca.pem': server.ca,
        'ssl.certificate.pem': identity.certificate,
        'ssl.key.pem': identity.key,
        'ssl.cipher.suites': 'ECDHE-ECDSA-AES256-GCM-SHA384',
        'socket.timeout.ms': 45_000,
        'sasl.oauthbearer.client.secret': 'never used',
      });
      return { ...server, client, warnings };
    }

    const expectIgnored = (warnings: ReturnType<typeof logWarnings>, name: string): void => {
      expect(warnings.codes).toEqual(Array(2).fill('BROKER_SETTING_IGNORED'));
      expect(warnings.all.map(({ about }) => about)).toEqual([
        'socket.timeout.ms',
        'sasl.oauthbearer.client.secret',
      ]);
      for (const { message } of warnings.all) expect(message).toContain(name);
    };

    it('is used by kafkajs, which emits one warning for each ignored setting', async () => {
      const { client, warnings, connections, port } = await start();
      await connectKafkaJS(client, port);
      await connectKafkaJS(client, port);
      const expected = { authorized: true, protocol: 'TLSv1.3' };
      await expect.poll(() => connections).toEqual([expected, expected]);
      expectIgnored(warnings, 'kafkajs');
    });

    it('is used by @platformatic/kafka, which emits one warning for each ignored setting', async () => {
      const { client, warnings, connections } = await start();
      await connectPlatformatic(client);
      await expect.poll(() => connections.length).toBeGreaterThan(0);
      expect(connections[0]?.authorized).toBe(true);
      expectIgnored(warnings, '@platformatic/kafka');
    });
  },
);

describe('a list of brokers', { meta: { faults: [121] } }, () => {
  it.each([
    ['a.example:9093,b example:9093', '2'],
    ['::1:9092,a.example:9093,b:0', '1, 3'],
  ])('is used without its unusable entries (%s)', async (list, positions) => {
    const { client, warnings } = await clientWith({ 'bootstrap.servers': list });
    expect((await client.getBrokerCredentials()).brokers).toEqual(['a.example:9093']);
    expect(warnings.all).toMatchObject([
      { code: 'BROKER_SETTING_IGNORED', about: 'bootstrap.servers' },
    ]);
    expect(warnings.all[0]?.message).toContain(`Positions: ${positions}.`);
  });
});
