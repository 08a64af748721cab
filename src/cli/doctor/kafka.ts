import { splitBroker } from '../../kafka/shared/index.ts';
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

/** Checks brokers, topics and groups with the Kafka client that is installed. */
export class KafkaCheck implements Finding {
  readonly detail = 'the broker settings are known';
  readonly #connected: Connected;
  readonly #client: InstalledClient | undefined;
  readonly #timeoutMs: number;
  /** The first broker that accepted the login. */
  #usable: string | undefined;

  constructor(connected: Connected, client: InstalledClient | undefined, timeoutMs: number) {
    this.#connected = connected;
    this.#client = client;
    this.#timeoutMs = timeoutMs;
  }

  /** Checks DNS, TCP, TLS and the login of each broker. */
  async checkBrokers(checkup: Checkup): Promise<void> {
    for (const broker of this.#connected.credentials.brokers) {
      await this.#checkBroker(checkup, broker);
    }
  }

  async #checkBroker(checkup: Checkup, broker: string): Promise<void> {
    const { securityProtocol, ca, sasl } = this.#connected.credentials;
    const timeoutMs = this.#timeoutMs;
    const nameStep = (title: string): StepName =>
      step('Kafka', `broker-${title.toLowerCase()} ${broker}`, `${broker} ${title}`);
    const endpoint = splitBroker(broker);
    const remedy = ca === undefined ? UNTRUSTED : OTHER_CA;
    const tls = securityProtocol.endsWith('SSL')
      ? () => tryTls(endpoint, { ca }, timeoutMs, remedy)
      : `${securityProtocol} does not use TLS`;
    const target = { finding: { detail: broker, endpoint, tls } };
    const connection = await checkEndpoint(checkup, nameStep, target, timeoutMs);
    const loginStep = { ...nameStep('SASL'), title: `${broker} ${sasl ? 'SASL' : 'Kafka'}` };
    const login = await checkup.run(loginStep, { connection }, () => this.#logIn(broker));
    if (login.finding) this.#usable ??= broker;
  }

  /** Checks whether a topic can be used, first in the Portal and then in Kafka. */
  async checkTopic(topic: string): Promise<Finding> {
    const { id, status } = await this.#connected.quix.getTopic(topic, { create: false });
    const partitions = await this.#withProbe(this.#usable, `The topic ${id}`, (probe) =>
      probe.countPartitions(id),
    );
    if (partitions === 0) {
      const message = `Kafka does not know the topic ${id}, or this user may not see it.`;
      throw new StepFault(message, 'Check the topic in Quix.', 'UNKNOWN_TOPIC_OR_PARTITION');
    }
    const kafka = partitions === undefined ? NOT_CHECKED : `partitions in Kafka: ${partitions}`;
    return { detail: `${id}, ${status}, ${kafka}` };
  }

  /** Checks whether a consumer group can be used, first in the Portal and then in Kafka. */
  async checkGroup(group: string): Promise<Finding> {
    const id = await this.#connected.quix.getConsumerGroup(group);
    const state = await this.#withProbe(this.#usable, `The group ${id}`, (probe) =>
      probe.groupState(id),
    );
    const kafka = state === 'Dead' ? 'does not exist until its first consumer starts' : state;
    return { detail: `${id}, ${kafka ?? NOT_CHECKED}` };
  }

  async #logIn(broker: string): Promise<Finding> {
    const { sasl } = this.#connected.credentials;
    if (!this.#client) {
      const remark = { code: 'NO_KAFKA_CLIENT', message: NO_KAFKA_CLIENT };
      return { detail: 'not tried', remark };
    }
    const { name, version } = this.#client;
    const failure = sasl ? `The login with ${sasl.mechanism} failed` : 'Kafka did not respond';
    await this.#withProbe(broker, failure, () => Promise.resolve());
    const result = sasl ? `logged in with ${sasl.mechanism} as ${sasl.username}` : 'Kafka responds';
    return { detail: `${result}, by ${name} ${version}` };
  }

  /** Logs in and runs a task. Returns `undefined` without a broker or a Kafka client. */
  async #withProbe<T>(
    broker: string | undefined,
    failure: string,
    task: (probe: KafkaProbe) => Promise<T>,
  ): Promise<T | undefined> {
    if (!this.#client || broker === undefined) return undefined;
    const { credentials } = this.#connected;
    const probe = await this.#client.open({ credentials, broker, timeoutMs: this.#timeoutMs });
    try {
      await probe.logIn();
      return await task(probe);
    } catch (error) {
      throw toKafkaFault(failure, error);
    } finally {
      await probe.close().catch(() => undefined);
    }
  }
}
