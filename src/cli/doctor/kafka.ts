import type { BrokerCredentials } from 'quix-streams-auth';
import { splitBroker } from '../../kafka/split-broker.ts';
import type { InstalledClient } from '../kafka/kafka-clients.ts';
import { toKafkaFault } from '../kafka/kafka-fault.ts';
import type { KafkaProbe } from '../kafka/kafka-probe.ts';
import { step, StepFault, type Checkup, type Finding, type StepName } from './checkup.ts';
import type { Connected } from './exchange.ts';
import { checkEndpoint, tryTls } from './network.ts';

const NOT_CHECKED = 'not checked in Kafka';
const NO_KAFKA_CLIENT =
  'No Kafka client is installed here, so the login was not tried. Run this command in the folder of your project, or run npm install kafkajs.';

const UNTRUSTED =
  'The certificate authorities of the system do not trust this broker, and the Portal returned no other.';
const OTHER_CA =
  'The certificate authority that the Portal returned did not issue this certificate. Check the environment in Quix, and whether a proxy intercepts the connection.';

/** Opens connections to one broker after the other. */
export interface KafkaAccess {
  readonly client: InstalledClient | undefined;
  readonly timeoutMs: number;
}

/** Logs in to a broker and runs a task. Returns `undefined` without a broker or a Kafka client. */
async function withProbe<T>(
  { client, timeoutMs }: KafkaAccess,
  credentials: BrokerCredentials,
  broker: string | undefined,
  failure: string,
  task: (probe: KafkaProbe) => Promise<T>,
): Promise<T | undefined> {
  if (!client || broker === undefined) return undefined;
  const probe = await client.open({ credentials, broker, timeoutMs });
  try {
    await probe.logIn();
    return await task(probe);
  } catch (error) {
    throw toKafkaFault(failure, error);
  } finally {
    await probe.close().catch(() => undefined);
  }
}

/** Checks DNS, TCP, TLS and the login of one broker. Resolves to whether the login succeeded. */
export async function checkBroker(
  checkup: Checkup,
  access: KafkaAccess,
  credentials: BrokerCredentials,
  broker: string,
): Promise<boolean> {
  const { securityProtocol, ca, sasl } = credentials;
  const { client, timeoutMs } = access;
  const nameStep = (title: string): StepName =>
    step('Kafka', `broker-${title.toLowerCase()} ${broker}`, `${broker} ${title}`);
  const endpoint = splitBroker(broker);
  const tls = securityProtocol.endsWith('SSL')
    ? (): Promise<Finding> =>
        tryTls(endpoint, { ca }, timeoutMs, ca === undefined ? UNTRUSTED : OTHER_CA)
    : `${securityProtocol} does not use TLS`;
  const target = { finding: { detail: broker, endpoint, tls } };
  const connection = await checkEndpoint(checkup, nameStep, target, timeoutMs);
  const loginStep = { ...nameStep('SASL'), title: `${broker} ${sasl ? 'SASL' : 'Kafka'}` };
  const login = await checkup.run(loginStep, { connection }, async (): Promise<Finding> => {
    if (!client) {
      const remark = { code: 'NO_KAFKA_CLIENT', message: NO_KAFKA_CLIENT };
      return { detail: 'not tried', remark };
    }
    const failure = sasl ? `The login with ${sasl.mechanism} failed` : 'Kafka did not respond';
    await withProbe(access, credentials, broker, failure, () => Promise.resolve());
    const result = sasl ? `logged in with ${sasl.mechanism} as ${sasl.username}` : 'Kafka responds';
    return { detail: `${result}, by ${client.name} ${client.version}` };
  });
  return login.finding !== undefined;
}

/**
 * Checks whether a topic can be used, first in the Portal and then in Kafka.
 *
 * @param broker - A broker that accepted the login, if there is one.
 */
export async function checkTopic(
  access: KafkaAccess,
  { quix, credentials }: Connected,
  broker: string | undefined,
  topic: string,
): Promise<Finding> {
  const { id, status } = await quix.getTopic(topic, { create: false });
  const partitions = await withProbe(access, credentials, broker, `The topic ${id}`, (probe) =>
    probe.countPartitions(id),
  );
  if (partitions === 0) {
    const message = `Kafka does not know the topic ${id}, or this user may not see it.`;
    throw new StepFault(message, 'Check the topic in Quix.', 'UNKNOWN_TOPIC_OR_PARTITION');
  }
  const kafka = partitions === undefined ? NOT_CHECKED : `partitions in Kafka: ${partitions}`;
  return { detail: `${id}, ${status}, ${kafka}` };
}

/** Checks whether a consumer group can be used, like {@link checkTopic}. */
export async function checkGroup(
  access: KafkaAccess,
  { quix, credentials }: Connected,
  broker: string | undefined,
  group: string,
): Promise<Finding> {
  const id = await quix.getConsumerGroup(group);
  const state = await withProbe(access, credentials, broker, `The group ${id}`, (probe) =>
    probe.groupState(id),
  );
  const kafka = state === 'Dead' ? 'does not exist until its first consumer starts' : state;
  return { detail: `${id}, ${kafka ?? NOT_CHECKED}` };
}
