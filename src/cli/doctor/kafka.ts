import { QuixError, type BrokerCredentials } from 'quix-streams-auth';
import { untilAborted } from '../../abort.ts';
import { innerErrors, isQuixError } from '../../inner-errors.ts';
import { splitBroker } from '../../kafka/shared/index.ts';
import { readProperty } from '../../sanitize-error.ts';
import type { ClientName, InstalledClient, KafkaProbe } from './installed-client.ts';
import { checkEndpoint, speaksTls } from './network.ts';
import type { ExchangeFinding } from './portal.ts';
import { StepError, type Finding, type StepName, type StepRunner } from './step-runner.ts';

const NOT_CHECKED = 'not checked in Kafka';

const NO_CA =
  'Node does not trust the certificate authority of this broker, and the Portal returned none. Check the environment in Quix, or pass the authority in NODE_EXTRA_CA_CERTS.';
const OTHER_CA =
  'The certificate authority that the Portal returned did not issue this certificate. Check the environment in Quix, and whether a proxy intercepts the connection.';
const NEEDS_TLS =
  'Use a port without TLS in the address of a local broker. For brokers of Quix, check the environment in Quix. Its security protocol must be SSL or SASL_SSL for this port.';
const NO_TOPIC =
  'Check the topic in Quix. With a local broker, check the name, or create the topic in Kafka.';

/** State that the Kafka steps share. */
export interface KafkaCheck {
  readonly runner: StepRunner;
  readonly exchange: Promise<ExchangeFinding>;
  /** Absent if no Kafka client, or not the wanted one, is installed. */
  readonly client: InstalledClient | undefined;
  readonly wantedClient: ClientName | undefined;
  /** Another Kafka client that is installed, if the wanted one is not. */
  readonly otherClient: InstalledClient | undefined;
  /** Functions that connect to the brokers that accepted a login, by the index of the broker. */
  readonly probes: (() => Promise<KafkaProbe>)[];
}

export async function checkBrokers(check: KafkaCheck): Promise<void> {
  try {
    const { credentials } = await check.exchange;
    check.runner.runForEach(credentials.brokers, (broker, index) => {
      checkBroker(check, credentials, broker, index);
    });
  } catch {
    void check.runner.run(['Kafka', 'brokers', 'Brokers'], () => check.exchange);
  }
}

function checkBroker(
  check: KafkaCheck,
  credentials: BrokerCredentials,
  broker: string,
  index: number,
): void {
  const { runner, client } = check;
  const { securityProtocol, ca, sasl } = credentials;
  const nameStep = (title: string, id = title.toLowerCase()): StepName => [
    'Kafka',
    `broker-${id} ${broker}`,
    `${broker} ${title}`,
  ];
  const tls = securityProtocol.endsWith('SSL')
    ? { options: { ca }, untrustedRemedy: ca === undefined ? NO_CA : OTHER_CA }
    : `${securityProtocol} does not use TLS`;
  const endpoint = splitBroker(broker);
  const target = Promise.resolve({ endpoint, tls });
  const connection = checkEndpoint(runner, nameStep, target);
  void runner.run(nameStep(sasl ? 'SASL' : 'Kafka', 'sasl'), async () => {
    await Promise.all(connection);
    if (!client) return noClient(check);
    const failure = sasl ? `The login with ${sasl.mechanism} failed` : 'Kafka did not respond';
    const { timeoutMs } = runner;
    const open = (): Promise<KafkaProbe> => client.open({ credentials, broker, timeoutMs });
    try {
      await withProbe(check, failure, (probe) => probe.logIn(), open);
    } catch (error) {
      const isAnswer = error instanceof StepError && /^(?:QUIX|SASL)_/.test(error.code ?? '');
      if (isAnswer || typeof tls !== 'string' || !(await speaksTls(endpoint, timeoutMs)))
        throw error;
      const reason = `The broker uses TLS on this port, but the security protocol is ${securityProtocol}`;
      throw new StepError(`${failure}. ${reason}.`, NEEDS_TLS, 'TLS_REQUIRED');
    }
    check.probes[index] = open;
    const result = sasl ? `logged in with ${sasl.mechanism} as ${sasl.username}` : 'Kafka responds';
    return { detail: `${result}, by ${client.name} ${client.version}` };
  });
}

function noClient({ wantedClient: wanted, otherClient: other }: KafkaCheck): Finding {
  const missing = `${wanted ?? 'A supported Kafka client'} is not installed here`;
  const install = `run npm install ${wanted ?? 'kafkajs'}`;
  const message = other
    ? `${missing}, but ${other.name} ${other.version} is. Omit --kafka-client to log in with it, or ${install}.`
    : `${missing}. Run this command in the folder of your project, or ${install}.`;
  return { detail: 'login not checked', doctorWarning: { code: 'NO_KAFKA_CLIENT', message } };
}

/** Checks whether a topic can be used, first in the Portal and then in Kafka. */
export function checkTopic(check: KafkaCheck, topic: string): void {
  void check.runner.run(['Kafka', 'topic', `Topic ${topic}`], async () => {
    const { quix } = await check.exchange;
    const { id, status } = await quix.getTopic(topic, { create: false });
    const partitions = await withProbe(check, `The topic ${id}`, (probe) =>
      probe.countPartitions(id),
    );
    if (partitions === 0) {
      const message = `Kafka does not know the topic ${id}, or this user may not see it.`;
      throw new StepError(message, NO_TOPIC, 'UNKNOWN_TOPIC_OR_PARTITION');
    }
    const kafka = partitions === undefined ? NOT_CHECKED : `partitions in Kafka: ${partitions}`;
    return { detail: `${id}, ${status}, ${kafka}` };
  });
}

export function checkGroup(check: KafkaCheck, group: string): void {
  void check.runner.run(['Kafka', 'group', `Group ${group}`], async () => {
    const { quix } = await check.exchange;
    const id = await quix.getConsumerGroup(group);
    const state = await withProbe(check, `The group ${id}`, (probe) => probe.groupState(id));
    const kafka = state === 'Dead' ? 'does not exist until its first consumer starts' : state;
    return { detail: `${id}, ${kafka ?? NOT_CHECKED}` };
  });
}

/**
 * Runs a task with a probe. A failure becomes a StepError that begins with `failure`. Returns
 * `undefined` if no broker accepted a login.
 */
async function withProbe<T>(
  { runner: { timeoutMs }, probes }: KafkaCheck,
  failure: string,
  task: (probe: KafkaProbe) => Promise<T>,
  open = Object.values(probes)[0], // brokers without a login leave holes in the array
): Promise<T | undefined> {
  const probe = await open?.();
  if (!probe) return undefined;
  // Not every Kafka client has a limit for each operation.
  const limit = <R>(result: Promise<R>): Promise<R> =>
    untilAborted(result, AbortSignal.timeout(timeoutMs));
  try {
    return await limit(task(probe));
  } catch (error) {
    throw toStepError(failure, error);
  } finally {
    await limit(probe.close()).catch(() => undefined);
  }
}

/** OpenSSL's codes for a certificate that is not trusted. */
const CERTIFICATE_CODE = /\b(?:CERT|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)_[A-Z_]+/;

/** Remedies by a pattern in the code or the message of an error. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    CERTIFICATE_CODE,
    'The Kafka client does not trust the certificate of this broker. Check the environment in Quix, and whether a proxy intercepts the connection.',
  ],
  [
    /SASL_AUTHENTICATION_FAILED|authentication failed/i,
    'Kafka does not accept the user name and the password. With a token, check in Quix that the environment and its broker are healthy, and that the token belongs to this environment. With --broker-address, check --broker-username and the password.',
  ],
  [
    /(TOPIC|GROUP)_AUTHORIZATION_FAILED|not authorized/i,
    'Use a topic or group of this environment. This user can only use ids that start with the id of the environment and a dash.',
  ],
  [/UNKNOWN_TOPIC|does not host this topic/i, NO_TOPIC],
  [
    /requires the SASL mechanism/,
    'Ask the administrator of the broker to enable PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, and check the environment in Quix. The adapters do not support other mechanisms.',
  ],
  [/UNSUPPORTED_SASL/i, 'Check the environment in Quix. The broker offers other SASL mechanisms.'],
  [/timed? ?out|TIMED_OUT/i, 'Check the network between this machine and the broker.'],
];

const isCode = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(value);

/** Returns the code of an error in the terms of Kafka or of Node. */
const kafkaCode = (error: object): string | undefined =>
  ['type', 'apiId', 'code'].map((key) => readProperty(error, key)).find(isCode);

/** Converts an error of a Kafka client. Omits the client's message, which may contain a secret. */
function toStepError(failure: string, error: unknown): StepError {
  const quixError = QuixError.from(error);
  const foreignCode = [...innerErrors(error)]
    .filter((each) => !isQuixError(each))
    .map(kafkaCode)
    .findLast(Boolean); // Codes of inner errors are more exact, and the last ones are the innermost.
  const { name = 'unknown error', message = '' } = error instanceof Error ? error : {};
  const texts = [foreignCode, quixError?.message, message].join(' ');
  // The adapters use QUIX_CREDENTIALS_REFUSED for untrusted certificates too.
  const [certificateCode] = CERTIFICATE_CODE.exec(texts) ?? [];
  // The adapters for kafkajs and @confluentinc/kafka-javascript throw this if a login is refused.
  const isRefused = quixError?.code === 'QUIX_CREDENTIALS_REFUSED';
  const knownCode = isRefused ? 'SASL_AUTHENTICATION_FAILED' : (quixError?.code ?? foreignCode);
  const code = certificateCode ?? knownCode;
  const hasSummary = quixError && !isRefused && certificateCode === undefined;
  const reason = hasSummary ? quixError.summary : (code ?? name);
  const searched = [code, texts].join(' ');
  const remedy =
    REMEDIES.find(([pattern]) => pattern.test(searched))?.[1] ??
    (isRefused ? undefined : quixError?.hint) ??
    'Check the log of the broker, and the network of this machine.';
  return new StepError(`${failure}: ${reason}`, remedy, code);
}
