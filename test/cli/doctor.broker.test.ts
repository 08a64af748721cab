import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { confluentFolder } from '../kafka/support/confluent-build.ts';
import { findPlatformatic } from '../kafka/support/platformatic-version.ts';
import { portalBroker, type PortalBrokerLogin } from '../kafka/support/portal-broker.ts';
import { sharedKafka } from '../kafka/support/shared-kafka.ts';
import { randomSecret } from '../support/leaks.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { runCli, stepsOf, type Step } from './run-cli.ts';

closeAfterEach();

const kafka = sharedKafka();
const broker = kafka.bootstrap.saslSsl[0] ?? '';

/** Returns the folder in which a package is installed. */
const projectOf = (packageFolder: string): string => packageFolder.split('/node_modules/')[0] ?? '';

interface DoctorRun {
  readonly login?: PortalBrokerLogin;
  readonly client?: string;
  readonly cwd?: string;
  readonly names?: readonly string[];
}

/** Runs the doctor for an environment with a topic and a real broker. */
async function runDoctor({ login, client = 'kafkajs', cwd, names = [] }: DoctorRun) {
  const workspaceId = `doctor-${randomUUID()}`;
  const portal = await startPortal({ workspaces: [{ workspaceId }], topics: ['f1-data'] });
  portal.setBroker(portalBroker(kafka, login));
  await kafka.createTopic(`${workspaceId}-f1-data`);
  const args = ['doctor', '--json', '--kafka-client', client, ...names];
  const result = await runCli(args, { env: portal.env, ...(cwd !== undefined && { cwd }) });
  const steps = stepsOf(result);
  const stepOf = (id: string): Step | undefined => steps[id];
  const outcomes = new Set(Object.values(steps).map(({ outcome }) => outcome));
  return { code: result.code, outcomes, stepOf, workspaceId };
}

describe('quix-auth doctor with a real Kafka', () => {
  it.each([
    { client: 'kafkajs', cwd: undefined },
    { client: '@platformatic/kafka', cwd: projectOf(findPlatformatic().folder) },
    { client: '@confluentinc/kafka-javascript', cwd: projectOf(confluentFolder()) },
  ])('passes all steps, including topic and group, with $client', async (installed) => {
    const names = ['--topic', 'f1-data', '--group', 'my-service'];
    const { code, outcomes, stepOf, workspaceId } = await runDoctor({
      ...installed,
      names,
    } as DoctorRun);
    expect({ code, hasFailed: outcomes.has('failed') }).toEqual({ code: 0, hasFailed: false });
    expect(stepOf(`broker-tls ${broker}`)?.detail).toContain('certificate of localhost');
    expect(stepOf(`broker-sasl ${broker}`)?.detail).toContain(
      `logged in with SCRAM-SHA-512 as ${kafka.user.username}, by ${installed.client} `,
    );
    expect(stepOf('topic')?.detail).toMatch(new RegExp(`^${workspaceId}-f1-data, Ready, .*1$`));
    expect(stepOf('group')?.detail).toContain(`${workspaceId}-my-service`);
  });

  it.each([
    { client: 'kafkajs', cwd: undefined },
    { client: '@platformatic/kafka', cwd: projectOf(findPlatformatic().folder) },
    { client: '@confluentinc/kafka-javascript', cwd: projectOf(confluentFolder()) },
  ])('reports a wrong password with $client', async (installed) => {
    const login = { password: randomSecret('wrong-') };
    const { code, stepOf } = await runDoctor({ ...installed, login } as DoctorRun);
    expect(code).toBe(1);
    expect(stepOf(`broker-tls ${broker}`)?.outcome).toBe('ok');
    expect(stepOf(`broker-sasl ${broker}`)).toMatchObject({
      outcome: 'failed',
      code: 'SASL_AUTHENTICATION_FAILED',
      remedy: expect.stringContaining('password') as string,
    });
  });

  it('reports a certificate authority that did not issue the certificate of the broker', async () => {
    const { code, stepOf } = await runDoctor({ login: { ca: kafka.otherCa } });
    expect(code).toBe(1);
    expect(stepOf(`broker-tls ${broker}`)?.outcome).toBe('failed');
    expect(stepOf(`broker-sasl ${broker}`)?.outcome).toBe('skipped');
  });

  it('reports a missing topic', async () => {
    const { code, stepOf } = await runDoctor({ names: ['--topic', 'f1-dada'] });
    expect(code).toBe(1);
    expect(stepOf('topic')).toMatchObject({ outcome: 'failed', code: 'QUIX_TOPIC_NOT_FOUND' });
  });

  it('advises to create a missing topic of a local broker in Kafka', async () => {
    const address = kafka.bootstrap.plaintext.join(',');
    const args = ['doctor', '--json', '--broker-address', address, '--topic', 'f1-dada'];
    const { topic } = stepsOf(await runCli(args, { env: {} }));
    expect(topic).toMatchObject({
      outcome: 'failed',
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      remedy: expect.stringContaining('create the topic in Kafka') as string,
    });
  });
});
