import { describe, expect, it } from 'vitest';
import { createCertificateAuthority, createSelfSigned } from '../support/certificates.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { startListener } from '../support/scripted-server.ts';
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

  it('names the wanted Kafka client if it is not installed', async () => {
    const { port } = await startListener((socket) => socket.resume());
    const broker = `127.0.0.1:${port}`;
    const client = '@confluentinc/kafka-javascript';
    const steps = await doctorSteps(['--broker-address', broker, '--kafka-client', client], {});
    const step = steps[`broker-sasl ${broker}`];
    expect(step).toMatchObject({ outcome: 'warning', warnings: [{ code: 'NO_KAFKA_CLIENT' }] });
    expect(step?.warnings[0]?.message).toContain(`npm install ${client}`);
    expect(step?.warnings[0]?.message).not.toContain('kafkajs');
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
