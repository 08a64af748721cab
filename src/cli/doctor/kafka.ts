import { QuixError } from 'quix-streams-auth';
import { splitBroker } from '../../kafka/shared/index.ts';
import { untilAborted } from '../../abort.ts';
import { errorCode, readProperty } from '../../sanitize-error.ts';
import { StepError, type Checkup, type StepName } from './checkup.ts';
import type { InstalledClient, KafkaProbe } from './installed-client.ts';
import { checkEndpoint } from './network.ts';
import type { Connected } from './portal.ts';

const NOT_CHECKED = 'not checked in Kafka';
const NO_KAFKA_CLIENT =
  'No usable Kafka client is installed here, so the login was not tried. Run this command in the folder of your project, or run npm install kafkajs.';

const NO_CA =
  'Node does not trust the certificate authority of this broker, and the Portal did not return another one.';
const OTHER_CA =
  'The certificate authority that the Portal returned did not issue this certificate. Check the environment in Quix, and whether a proxy intercepts the connection.';

/** State that the Kafka steps share. */
export interface KafkaCheck {
  readonly checkup: Checkup;
  readonly connected: Promise<Connected>;
  readonly client: InstalledClient | undefined;
  /** The first broker that accepted the login. */
  usableBroker?: string;
}

export async function checkBrokers(check: KafkaCheck): Promise<void> {
  try {
    const { credentials } = await check.connected;
    for (const broker of credentials.brokers) checkBroker(check, broker, credentials);
  } catch {
    void check.checkup.run(['Kafka', 'brokers', 'Brokers'], () => check.connected);
  }
}

function checkBroker(
  check: KafkaCheck,
  broker: string,
  { securityProtocol, ca, sasl }: Connected['credentials'],
): void {
  const nameStep = (title: string, id = title.toLowerCase()): StepName => [
    'Kafka',
    `broker-${id} ${broker}`,
    `${broker} ${title}`,
  ];
  const tls = securityProtocol.endsWith('SSL')
    ? { options: { ca }, remedy: ca === undefined ? NO_CA : OTHER_CA }
    : `${securityProtocol} does not use TLS`;
  const target = Promise.resolve({ endpoint: splitBroker(broker), tls });
  const connection = checkEndpoint(check.checkup, nameStep, target);
  void check.checkup.run(nameStep(sasl ? 'SASL' : 'Kafka', 'sasl'), async () => {
    await Promise.all(connection);
    const failure = sasl ? `The login with ${sasl.mechanism} failed` : 'Kafka did not respond';
    await withProbe(check, broker, failure, () => Promise.resolve());
    check.usableBroker ??= broker;
    if (!check.client) {
      return { detail: 'not tried', remark: { code: 'NO_KAFKA_CLIENT', message: NO_KAFKA_CLIENT } };
    }
    const { name, version } = check.client;
    const result = sasl ? `logged in with ${sasl.mechanism} as ${sasl.username}` : 'Kafka responds';
    return { detail: `${result}, by ${name} ${version}` };
  });
}

/** Checks whether a topic can be used, first in the Portal and then in Kafka. */
export function checkTopic(check: KafkaCheck, topic: string): void {
  void check.checkup.run(['Kafka', 'topic', `Topic ${topic}`], async () => {
    const { quix } = await check.connected;
    const { id, status } = await quix.getTopic(topic, { create: false });
    const partitions = await withProbe(check, check.usableBroker, `The topic ${id}`, (probe) =>
      probe.countPartitions(id),
    );
    if (partitions === 0) {
      const message = `Kafka does not know the topic ${id}, or this user may not see it.`;
      throw new StepError(message, 'Check the topic in Quix.', 'UNKNOWN_TOPIC_OR_PARTITION');
    }
    const kafka = partitions === undefined ? NOT_CHECKED : `partitions in Kafka: ${partitions}`;
    return { detail: `${id}, ${status}, ${kafka}` };
  });
}

export function checkGroup(check: KafkaCheck, group: string): void {
  void check.checkup.run(['Kafka', 'group', `Group ${group}`], async () => {
    const { quix } = await check.connected;
    const id = await quix.getConsumerGroup(group);
    const state = await withProbe(check, check.usableBroker, `The group ${id}`, (probe) =>
      probe.groupState(id),
    );
    const kafka = state === 'Dead' ? 'does not exist until its first consumer starts' : state;
    return { detail: `${id}, ${kafka ?? NOT_CHECKED}` };
  });
}

/** Logs in and runs a task. Returns `undefined` without a broker or a Kafka client. */
async function withProbe<T>(
  { checkup: { timeoutMs }, client, connected }: KafkaCheck,
  broker: string | undefined,
  failure: string,
  task: (probe: KafkaProbe) => Promise<T>,
): Promise<T | undefined> {
  if (!client || broker === undefined) return undefined;
  const { credentials } = await connected;
  const probe = await client.open({ credentials, broker, timeoutMs });
  // Not every Kafka client has a limit for each operation.
  const limit = <R>(result: Promise<R>): Promise<R> =>
    untilAborted(result, AbortSignal.timeout(timeoutMs));
  try {
    await limit(probe.logIn());
    return await limit(task(probe));
  } catch (error) {
    throw toStepError(failure, error);
  } finally {
    await limit(probe.close()).catch(() => undefined);
  }
}

/** Remedies by a pattern in the code or the message of an error. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /SASL_AUTHENTICATION_FAILED|authentication failed/i,
    'Kafka has another user name or password than the Portal returned. Check in Quix that the environment and its broker are healthy, and that the token belongs to this environment.',
  ],
  [
    /(TOPIC|GROUP)_AUTHORIZATION_FAILED|not authorized/i,
    'This user can only use topics and groups that start with the id of the environment and a dash.',
  ],
  [/UNKNOWN_TOPIC|does not host this topic/i, 'Check the name, or create the topic in Quix.'],
  [/UNSUPPORTED_SASL/i, 'The broker does not offer the SASL mechanism that the Portal returned.'],
  [/timed? ?out|TIMED_OUT/i, 'Check the network between this machine and the broker.'],
];

/** Yields an error and the errors inside it, the innermost first. Kafka clients wrap errors. */
function* innerErrors(error: unknown, depth = 0): Generator<object> {
  if (depth > 6 || typeof error !== 'object' || error === null) return;
  if (!(error instanceof QuixError)) {
    const inner = ['cause', 'originalError', 'errors'].map((key) => readProperty(error, key));
    for (const each of inner.flat()) yield* innerErrors(each, depth + 1);
  }
  yield error;
}

/** Returns the code of an error in the terms of Kafka or of Node. */
function kafkaCode(error: object): string | undefined {
  const values = ['type', 'apiId', 'code'].map((key) => readProperty(error, key));
  return values.map((code) => errorCode({ code })).find((code) => code !== undefined);
}

/** Converts an error of a Kafka client. Its message may contain a secret, and is not printed. */
function toStepError(failure: string, error: unknown): StepError {
  const errors = [...innerErrors(error)];
  const own = errors.find((each) => each instanceof QuixError);
  const isRefused = own?.code === 'QUIX_CREDENTIALS_REFUSED';
  const found = errors.map((each) => (each === own ? undefined : kafkaCode(each))).find(Boolean);
  const code = isRefused ? 'SASL_AUTHENTICATION_FAILED' : (own?.code ?? found);
  const { name = 'unknown error', message = '' } = error instanceof Error ? error : {};
  const reason = own && !isRefused ? own.summary : (code ?? name);
  const text = `${code ?? ''} ${found ?? ''} ${own?.message ?? ''} ${message}`;
  const [, remedy = 'Check the log of the broker, and the network of this machine.'] =
    REMEDIES.find(([pattern]) => pattern.test(text)) ?? [];
  return new StepError(`${failure}: ${reason}`, remedy, code);
}
