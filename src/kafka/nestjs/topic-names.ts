import type { Consumer, Kafka, Producer, Transaction } from 'kafkajs';
import type { QuixStreamingClient } from 'quix-streams-auth';
import { usesLocalBroker } from '../shared/index.ts';

interface HasTopic {
  topic: string;
}

/** Both forms of the argument of `subscribe()`. */
interface Subscription {
  topic?: string | RegExp;
  topics?: (string | RegExp)[];
  fromBeginning?: boolean;
}

/** Translates between names of topics, which the user's code contains, and ids, which Kafka uses. */
export class TopicNames {
  readonly #quix: QuixStreamingClient;
  /** Ids by the name or id that the user wrote. */
  readonly #ids = new Map<string, string>();
  /** The names or ids that the user subscribed to, by id. */
  readonly #names = new Map<string, string>();

  constructor(quix: QuixStreamingClient) {
    this.#quix = quix;
  }

  /** Returns the id of a topic. By default, `autoCreateTopics` decides whether to create a topic. */
  async findId(nameOrId: string, options?: { create: boolean }): Promise<string> {
    const known = this.#ids.get(nameOrId);
    if (known !== undefined) return known;
    const { id } = await this.#quix.getTopic(nameOrId, options);
    this.#ids.set(nameOrId, id).set(id, id);
    return id;
  }

  /** Returns the id of a topic that was found before. Returns other names unchanged. */
  knownId(nameOrId: string): string {
    return this.#ids.get(nameOrId) ?? nameOrId;
  }

  /** Returns a copy with the id of the topic, if the topic was found before. */
  readonly withKnownId = <T extends HasTopic>(value: T): T => ({
    ...value,
    topic: this.knownId(value.topic),
  });

  /** Returns the name or id with which the user subscribed to a topic. */
  nameOf(id: string): string {
    return this.#names.get(id) ?? id;
  }

  /** Returns the topics to which kafkajs subscribes. A regular expression matches names of topics. */
  async findSubscriptions(patterns: readonly (string | RegExp)[]): Promise<(string | RegExp)[]> {
    const found = await Promise.all(patterns.map((pattern) => this.#findSubscription(pattern)));
    return [...new Set(found.flat())];
  }

  async #findSubscription(pattern: string | RegExp): Promise<(string | RegExp)[]> {
    if (typeof pattern === 'string') {
      const id = await this.findId(pattern);
      this.#names.set(id, pattern);
      return [id];
    }
    // Topics of a local broker have no other ids, and getTopics() needs the Portal.
    if (usesLocalBroker(this.#quix.describe())) return [pattern];
    const topics = (await this.#quix.getTopics()).filter(({ name }) => {
      pattern.lastIndex = 0; // with the flag `g` or `y`, test() starts at this index
      return pattern.test(name);
    });
    for (const { id, name } of topics) {
      this.#ids.set(name, id).set(id, id);
      if (!this.#names.has(id)) this.#names.set(id, name);
    }
    return topics.map(({ id }) => id);
  }
}

/**
 * Changes the consumers and producers that a `Kafka` will create. Their methods accept names and
 * ids of topics. Consumers pass the names to `eachMessage`. The admin client, and the events of
 * kafkajs, use ids. Nest 12 passes a promise of a `Kafka`.
 */
export function useTopicNames(kafka: Kafka, names: TopicNames): Kafka;
export function useTopicNames(
  kafka: Kafka | Promise<Kafka>,
  names: TopicNames,
): Kafka | Promise<Kafka>;
export function useTopicNames(
  kafka: Kafka | Promise<Kafka>,
  names: TopicNames,
): Kafka | Promise<Kafka> {
  if (kafka instanceof Promise) return kafka.then((created) => useTopicNames(created, names));
  const createConsumer = kafka.consumer.bind(kafka);
  const createProducer = kafka.producer.bind(kafka);
  return Object.assign(kafka, {
    consumer: (...args: Parameters<Kafka['consumer']>) =>
      adaptConsumer(createConsumer(...args), names),
    producer: (...args: Parameters<Kafka['producer']>) =>
      adaptProducer(createProducer(...args), names),
  });
}

function adaptConsumer(consumer: Consumer, names: TopicNames): Consumer {
  const original = { ...consumer };
  return Object.assign(consumer, {
    async subscribe({ topic, topics = [], ...options }: Subscription) {
      const patterns = topic === undefined ? topics : [topic];
      await original.subscribe({ ...options, topics: await names.findSubscriptions(patterns) });
    },
    run: ({ eachMessage, ...options }: Parameters<Consumer['run']>[0] = {}) =>
      original.run({
        ...options,
        ...(eachMessage && {
          eachMessage: (payload) => eachMessage({ ...payload, topic: names.nameOf(payload.topic) }),
        }),
      }),
    commitOffsets: (offsets: Parameters<Consumer['commitOffsets']>[0]) =>
      original.commitOffsets(offsets.map(names.withKnownId)),
    seek: (offset: Parameters<Consumer['seek']>[0]) => {
      original.seek(names.withKnownId(offset));
    },
    pause: (topics: Parameters<Consumer['pause']>[0]) => {
      original.pause(topics.map(names.withKnownId));
    },
    resume: (topics: Parameters<Consumer['resume']>[0]) => {
      original.resume(topics.map(names.withKnownId));
    },
  });
}

function adaptProducer(producer: Producer, names: TopicNames): Producer {
  const original = { ...producer };
  return Object.assign(adaptSender(producer, names), {
    transaction: async () => adaptTransaction(await original.transaction(), names),
  });
}

function adaptTransaction(transaction: Transaction, names: TopicNames): Transaction {
  const original = { ...transaction };
  return Object.assign(adaptSender(transaction, names), {
    sendOffsets: (offsets: Parameters<Transaction['sendOffsets']>[0]) =>
      original.sendOffsets({ ...offsets, topics: offsets.topics.map(names.withKnownId) }),
  });
}

function adaptSender<T extends Pick<Producer, 'send' | 'sendBatch'>>(
  sender: T,
  names: TopicNames,
): T {
  const original = { ...sender };
  const withId = async <R extends HasTopic>(record: R): Promise<R> => ({
    ...record,
    topic: await names.findId(record.topic),
  });
  return Object.assign(sender, {
    send: async (record: Parameters<Producer['send']>[0]) =>
      await original.send(await withId(record)),
    sendBatch: async (batch: Parameters<Producer['sendBatch']>[0]) => {
      const topicMessages = await Promise.all((batch.topicMessages ?? []).map(withId));
      return await original.sendBatch({ ...batch, topicMessages });
    },
  });
}
