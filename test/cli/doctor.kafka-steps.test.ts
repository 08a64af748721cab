import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCertificateAuthority, createSelfSigned } from '../support/certificates.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { closedPort, startListener } from '../support/scripted-server.ts';
import { doctorSteps } from './run-cli.ts';

closeAfterEach();

describe('the Kafka steps of quix-auth doctor', () => {
  it('reports a broker with an untrusted certificate, and a broker without TLS', async () => {
    const { certificate: ca } = await createCertificateAuthority();
    const stranger = await startListener(() => undefined, await createSelfSigned(['127.0.0.1']));
    const plain = await startListener((socket) => socket.end('hello'));
    const brokers = [`127.0.0.1:${stranger.port}`, `127.0.0.1:${plain.port}`];
    const { env } = await startPortal({ broker: { brokers, ca } });
    const steps = await doctorSteps([], { env });
    expect(steps[`broker-tls ${brokers[0] ?? ''}`]).toMatchObject({
      outcome: 'failed',
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    const second = steps[`broker-tls ${brokers[1] ?? ''}`];
    expect(second?.outcome).toBe('failed');
    expect(second?.remedy).toMatch(/TLS/);
  });

  it('reports an expired certificate of a broker, and does not blame its authority', async () => {
    const authority = await createCertificateAuthority();
    const expired = await authority.issue(['127.0.0.1'], { expired: true });
    const { port } = await startListener(() => undefined, expired);
    const broker = `127.0.0.1:${port}`;
    const { env } = await startPortal({
      broker: { brokers: [broker], ca: authority.certificate },
    });
    const step = (await doctorSteps([], { env }))[`broker-tls ${broker}`];
    expect(step).toMatchObject({ outcome: 'failed', code: 'CERT_HAS_EXPIRED' });
    expect(step?.remedy).toContain('clock');
    expect(step?.remedy).not.toContain('certificate authority');
  });

  it('names the wanted Kafka client, and another one that is installed', async () => {
    const { port } = await startListener((socket) => socket.resume());
    const broker = `127.0.0.1:${port}`;
    const client = '@confluentinc/kafka-javascript';
    const steps = await doctorSteps(['--broker-address', broker, '--kafka-client', client], {});
    const step = steps[`broker-sasl ${broker}`];
    expect(step).toMatchObject({ outcome: 'warning', warnings: [{ code: 'NO_KAFKA_CLIENT' }] });
    expect(step?.warnings[0]?.message).toMatch(
      /^@confluentinc\/kafka-javascript is not installed here, but kafkajs 2\.\d/,
    );
    expect(step?.warnings[0]?.message).toContain('Omit --kafka-client');
    expect(step?.warnings[0]?.message).toContain(`npm install ${client}`);
  });

  it.each(['kafkajs', '@platformatic/kafka'])(
    'reports an unsupported SASL mechanism as QUIX_UNSUPPORTED with %s',
    async (client) => {
      const { host } = await startListener((socket) => socket.resume());
      const { env } = await startPortal({
        broker: {
          brokers: [host],
          securityProtocol: 'SASL_PLAINTEXT',
          sasl: { mechanism: 'GSSAPI' },
        },
      });
      const steps = await doctorSteps(['--kafka-client', client], { env });
      const step = steps[`broker-sasl ${host}`];
      expect(step).toMatchObject({ outcome: 'failed', code: 'QUIX_UNSUPPORTED' });
      expect(step?.detail).toContain('GSSAPI');
      expect(step?.remedy).toContain('SCRAM-SHA-512');
    },
  );

  it('reports an IPv6 address as QUIX_UNSUPPORTED with kafkajs', async () => {
    const { port } = await startListener((socket) => socket.resume());
    const broker = `[::ffff:127.0.0.1]:${port}`;
    const args = ['--broker-address', broker, '--kafka-client', 'kafkajs'];
    expect((await doctorSteps(args))[`broker-sasl ${broker}`]).toMatchObject({
      outcome: 'failed',
      code: 'QUIX_UNSUPPORTED',
    });
  });

  describe.each(['kafkajs', '@platformatic/kafka'])('with %s', (client) => {
    it.each(['PLAINTEXT', 'SASL_PLAINTEXT'] as const)(
      'names TLS as the cause if a broker with TLS is addressed as %s',
      async (securityProtocol) => {
        const authority = await createCertificateAuthority();
        const identity = await authority.issue(['127.0.0.1']);
        const { host } = await startListener((socket) => socket.resume(), identity);
        const { env } = await startPortal({ broker: { brokers: [host], securityProtocol } });
        const steps = await doctorSteps(['--kafka-client', client], { env });
        const step = steps[`broker-sasl ${host}`];
        expect(step).toMatchObject({ outcome: 'failed', code: 'TLS_REQUIRED' });
        expect(step?.detail).toContain(
          `uses TLS on this port, but the security protocol is ${securityProtocol}`,
        );
        expect(step?.remedy).toContain('SASL_SSL');
      },
    );
  });

  it.each(['kafkajs', '@platformatic/kafka'])(
    'does not report an untrusted certificate as a refused login with %s',
    async (client) => {
      const trusted = await createCertificateAuthority();
      const identities = [trusted, await createCertificateAuthority('Stranger')].map((authority) =>
        authority.issue(['127.0.0.1']),
      );
      const [first, later] = (await Promise.all(identities)).map(({ certificate: cert, key }) => ({
        cert,
        key,
      }));
      const server = createTlsServer(first ?? {}, (socket) => {
        socket.on('error', () => undefined).resume();
      });
      let connections = 0;
      server
        .on('tlsClientError', () => undefined)
        .prependListener('connection', () => {
          // The steps TCP and TLS open the first two connections.
          if (++connections === 3) server.setSecureContext(later ?? {});
        });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      onTestFinished(() => void server.close());
      const broker = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      const { env } = await startPortal({
        broker: { brokers: [broker], ca: trusted.certificate },
      });
      const steps = await doctorSteps(['--kafka-client', client], { env });
      expect(steps[`broker-tls ${broker}`]?.outcome).toBe('ok');
      const step = steps[`broker-sasl ${broker}`];
      expect(step).toMatchObject({ outcome: 'failed', code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
      expect(step?.remedy).toContain('certificate');
      expect(step?.remedy).not.toContain('password');
    },
  );

  it('checks all brokers at the same time, and reports them in the order of the list', async () => {
    const silent = await Promise.all([1, 2, 3, 4].map(() => startListener(() => undefined)));
    const refused = `127.0.0.1:${await closedPort()}`;
    const slow = silent.map(({ host }) => host);
    const brokers = [...slow.slice(0, 2), refused, ...slow.slice(2)];
    const { env } = await startPortal({ broker: { brokers } });
    const started = performance.now();
    const steps = await doctorSteps(['--timeout', '1', '--topic', 'f1-data'], { env });
    // One after the other, the four brokers take 4 s.
    expect(performance.now() - started).toBeLessThan(2_500);
    for (const broker of slow) expect(steps[`broker-tls ${broker}`]?.code).toBe('ETIMEDOUT');
    expect(steps[`broker-tcp ${refused}`]?.code).toBe('ECONNREFUSED');
    const kafkaSteps = Object.keys(steps).filter((id) => /^broker-\w+ |^topic$/.test(id));
    expect(kafkaSteps).toEqual([
      ...brokers.flatMap((broker) =>
        ['dns', 'tcp', 'tls', 'sasl'].map((name) => `broker-${name} ${broker}`),
      ),
      'topic',
    ]);
  });

  it('names options of the command line if a topic does not exist', async () => {
    const { env } = await startPortal({ broker: { brokers: ['127.0.0.1:1'] } });
    const { topic } = await doctorSteps(['--topic', 'f1-dada'], { env });
    expect(topic).toMatchObject({ outcome: 'failed', code: 'QUIX_TOPIC_NOT_FOUND' });
    expect(topic?.remedy).toContain('--workspace');
    expect(topic?.remedy).not.toContain('autoCreateTopics');
  });

  it('stops waiting for a silent broker after --timeout', async () => {
    const silent = await startListener(() => undefined);
    const broker = `127.0.0.1:${silent.port}`;
    const { env } = await startPortal({ broker: { brokers: [broker] } });
    const steps = await doctorSteps(['--timeout', '0.5'], { env });
    expect(steps[`broker-tls ${broker}`]).toMatchObject({ outcome: 'failed', code: 'ETIMEDOUT' });
  });

  it.each(['kafkajs', '@platformatic/kafka'])(
    'stops waiting after --timeout for a broker that never responds to %s',
    async (client) => {
      const { port } = await startListener((socket) => socket.resume());
      const broker = `127.0.0.1:${port}`;
      const started = performance.now();
      const steps = await doctorSteps(
        ['--broker-address', broker, '--kafka-client', client, '--timeout', '0.5'],
        {},
      );
      expect(performance.now() - started).toBeLessThan(5_000);
      expect(steps[`broker-tcp ${broker}`]?.outcome).toBe('ok');
      expect(steps[`broker-sasl ${broker}`]?.outcome).toBe('failed');
    },
  );
});
