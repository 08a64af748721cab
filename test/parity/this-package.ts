import { QuixError, QuixStreamingClient, type QuixTopicConfiguration } from 'quix-streams-auth';
import { librdkafkaConfig } from 'quix-streams-auth/librdkafka';

/** The input of a client. */
export interface Input {
  readonly portalApi?: string | undefined;
  readonly token?: string | undefined;
  readonly workspaceId?: string | undefined;
  readonly brokerAddress?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  readonly group?: string;
  readonly transactionalId?: string;
  /** librdkafka properties of the user. */
  readonly kafkaConfig?: Readonly<Record<string, unknown>>;
  readonly topic?: string;
  /** Whether to create a topic that does not exist. */
  readonly create?: boolean;
  /** Configuration of a new topic. */
  readonly configuration?: QuixTopicConfiguration;
  readonly topicTimeoutMs?: number;
  /** Time limit of a call of this package. The official client always uses 30 s. */
  readonly timeoutMs?: number;
}

/** Result of one call: a value, or the class or code of an error. */
export interface Outcome {
  readonly value?: unknown;
  readonly error?: string;
  /** HTTP status of an error. */
  readonly status?: number | null | undefined;
  readonly message?: string;
}

const CALLS = {
  settings: async (quix) => (await quix.getBrokerCredentials()).toLibrdkafka(),
  certificate: async (quix) => (await quix.getBrokerCredentials()).ca?.trim(),
  group: (quix, { group }) => quix.getConsumerGroup(group),
  environment: async (quix, { topic }) => {
    if (topic !== undefined) await quix.getTopic(topic, { create: false });
    const { id, name, status } = await quix.getWorkspace();
    return { id, name, status };
  },
  brokerType: async (quix) => (await quix.getWorkspace()).brokerType,
  topics: async (quix) => (await quix.getTopics()).map(({ id }) => id),
  portal: (quix) => Promise.resolve(quix.describe().portal),
  applicationSettings: async (quix, { kafkaConfig }) => {
    const { config } = await librdkafkaConfig(quix, kafkaConfig);
    return Object.fromEntries(Object.entries(config).map(([name, value]) => [name, String(value)]));
  },
  applicationGroup: (quix, { group }) => quix.getConsumerGroup(group),
  applicationTransactionalId: (quix, { transactionalId = '' }) =>
    quix.getTransactionalId(transactionalId),
  applicationTopic: async (quix, { topic = '', create, configuration }) => {
    const { id, configuration: actual } = await quix.getTopic(topic, { create, configuration });
    return { id, ...actual, cleanupPolicy: actual.cleanupPolicy?.toLowerCase() };
  },
  topicWait: async (quix, { topic = '' }) => {
    const startedAt = performance.now();
    // Only the duration is compared. Another call compares the errors.
    await quix.getTopic(topic).catch(() => undefined);
    return `${Math.round((performance.now() - startedAt) / 1000)} s`;
  },
} satisfies Record<string, (quix: QuixStreamingClient, input: Input) => Promise<unknown>>;

/** Name of a call that both clients can make. official_client.py has a method with this name. */
export type Call = keyof typeof CALLS;

/** Makes calls one after the other with the same client, and returns the result of each. */
export type RunCalls = (
  input: Input,
  calls: readonly Call[],
) => Promise<Partial<Record<Call, Outcome>>>;

async function outcomeOf(run: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await run() };
  } catch (error) {
    if (!(error instanceof QuixError)) throw error;
    const { code, status, message } = error;
    return { error: code, status, message };
  }
}

export const runThisPackage: RunCalls = async (input, calls) => {
  const { token, portalApi, workspaceId, brokerAddress, timeoutMs, topicTimeoutMs } = input;
  const options = { portalApi, workspaceId, brokerAddress, timeoutMs, topicTimeoutMs };
  let quix: QuixStreamingClient | undefined;
  const results: Partial<Record<Call, Outcome>> = {};
  for (const call of calls) {
    results[call] = await outcomeOf(() => {
      quix ??= new QuixStreamingClient(token, { ...options, env: input.env ?? {} });
      return CALLS[call](quix, input);
    });
  }
  await quix?.close();
  return results;
};
