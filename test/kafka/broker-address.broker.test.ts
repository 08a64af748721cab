import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Producer, stringSerializers } from '@platformatic/kafka';
import { Kafka, logLevel } from 'kafkajs';
import { QuixError, QuixStreamingClient, type BrokerAddress } from 'quix-streams-auth';
import { confluentKafka } from 'quix-streams-auth/confluent';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { platformaticClient } from 'quix-streams-auth/platformatic';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from '../cli/run-cli.ts';
import { temporaryFolder } from '../cli/temporary-folder.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { loadConfluent, silent } from './support/confluent-build.ts';
import { countMessages } from './support/kafka-access.ts';
import { sharedKafka } from './support/shared-kafka.ts';

const folder = temporaryFolder();

/** Sends one message with each Kafka client. */
const senders: Record<string, (quix: QuixStreamingClient, topic: string) => Promise<void>> = {
  async kafkajs(quix, topic) {
    const kafka = new Kafka(kafkaJSConfig(quix, { logLevel: logLevel.NOTHING }));
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic, messages: [{ value: 'one' }] });
    await producer.disconnect();
  },
  async '@platformatic/kafka'(quix, topic) {
    const producer = platformaticClient(quix, Producer, { serializers: stringSerializers });
    try {
      await producer.send({ acks: -1, messages: [{ topic, key: 'one', value: 'one' }] });
    } finally {
      await producer.close();
    }
  },
  async '@confluentinc/kafka-javascript'(quix, topic) {
    const producer = confluentKafka(quix, loadConfluent(), {
      kafkaJS: { logger: silent },
    }).producer();
    await producer.connect();
    await producer.send({ topic, messages: [{ value: 'one' }] });
    await producer.disconnect();
  },
};

/** Creates a client without a token for the shared broker, with TLS and SCRAM. */
function create({ ca, password }: { ca?: string; password?: string } = {}) {
  const kafka = sharedKafka();
  const brokerAddress: BrokerAddress = {
    brokers: kafka.bootstrap.saslSsl,
    securityProtocol: 'SASL_SSL',
    sasl: { mechanism: 'SCRAM-SHA-512', ...kafka.user, ...(password && { password }) },
    ca: ca ?? kafka.ca,
  };
  const quix = new QuixStreamingClient({ brokerAddress, env: {} });
  onTestFinished(() => quix.close());
  return { kafka, quix };
}

describe.each(Object.keys(senders))('brokerAddress with TLS and SCRAM for %s', (name) => {
  const send = senders[name] ?? (() => Promise.reject(new Error(name)));

  it('sends a message without a token and without the Portal', async () => {
    const { kafka, quix } = create();
    const topic = `own-${randomUUID()}`;
    await kafka.createTopic(topic);
    await send(quix, topic);
    expect(await countMessages(kafka, topic)).toBe(1);
    expect(quix.describe()).toMatchObject({ requests: 0, securityProtocol: 'SASL_SSL' });
    expect(quix.describe().logins).toMatchObject({ refused: 0, ended: 0 });
    expect(quix.describe().logins.accepted).toBeGreaterThan(0);
  });

  it('fails with QUIX_CREDENTIALS_REFUSED that names brokerAddress for a wrong password', async () => {
    const password = `wrong-${randomUUID()}`;
    const { quix } = create({ password });
    const thrown: unknown = await send(quix, 'any').catch((error: unknown) => error);
    const error = QuixError.from(thrown);
    expect(error?.code).toBe('QUIX_CREDENTIALS_REFUSED');
    expect(error?.message).toContain('brokerAddress');
    expect(error?.message).not.toContain('Portal');
    expectNoLeak(error, [password]);
  });
});

describe('quix-auth doctor with --broker-address', () => {
  it('logs in with a user name, a password from a file, and a certificate authority', async () => {
    const { bootstrap, user, ca } = sharedKafka();
    writeFileSync(join(folder(), 'ca.pem'), ca);
    writeFileSync(join(folder(), 'password'), `${user.password}\n`);
    const broker = ['--broker-address', bootstrap.saslSsl.join(','), '--broker-ca', 'ca.pem'];
    const login = ['--broker-username', user.username, '--broker-password-env-var', 'MY_PASSWORD'];
    const args = ['doctor', '--json', ...broker, ...login, '--kafka-client', 'kafkajs'];
    const env = { MY_PASSWORD_FILE: join(folder(), 'password') };
    const { code, stdout } = await runCli(args, { env, cwd: folder() });
    const { steps } = JSON.parse(stdout) as { steps: { id: string; outcome: string }[] };
    expect(
      steps.filter(({ outcome }) => outcome === 'failed'),
      stdout,
    ).toEqual([]);
    const logins = steps.filter(({ id }) => id.includes('sasl'));
    expect(logins.map(({ outcome }) => outcome)).toEqual(bootstrap.saslSsl.map(() => 'ok'));
    expect(code).toBe(0);
    expect(stdout).not.toContain(user.password);
  });
});
