import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import { librdkafkaConfig } from 'quix-streams-auth/librdkafka';
import type { Input, Outcome } from './official-client.ts';

/** Settings that the official Application adds itself. In this package the adapters add them. */
const ADAPTER_SETTINGS = { 'connections.max.idle.ms': '180000', 'metadata.max.age.ms': '180000' };

type CallFunction = (quix: QuixStreamingClient, input: Input) => Promise<unknown>;

const settings: CallFunction = async (quix) => {
  const credentials = await quix.getBrokerCredentials();
  return { ...credentials.toLibrdkafka(), ...ADAPTER_SETTINGS };
};
const group: CallFunction = (quix, input) => quix.getConsumerGroup(input.group);
const transactionalId: CallFunction = (quix, input) =>
  quix.getTransactionalId(input.transactionalId);
const topicId: CallFunction = async (quix, { topic = '', partitions, create }) => {
  const configuration = { partitions, replicationFactor: 1 };
  return (await quix.getTopic(topic, { create, ...(partitions && { configuration }) })).id;
};
const topics: CallFunction = async (quix) => (await quix.getTopics()).map(({ id }) => id);

/** Functions of this package by call. official_client.py has a method with the same name. */
const CALLS = {
  settings,
  group,
  transactionalId,
  topicId,
  topics,
  workspace: async (quix, { topic }) => {
    if (topic !== undefined) await quix.getTopic(topic, { create: false });
    const { id, name, status } = await quix.getWorkspace();
    return { id, name, status };
  },
  brokerType: async (quix) => (await quix.getWorkspace()).brokerType,
  certificate: async (quix) => (await quix.getBrokerCredentials()).ca?.trim(),
  apiTopics: topics,
  createdTopic: async (quix, { topic = '', configuration }) => {
    const created = await quix.getTopic(topic, { configuration });
    return { id: created.id, ...created.configuration };
  },
  portal: (quix) => Promise.resolve(quix.describe().portal),
  applicationSettings: settings,
  applicationIdleTime: async (quix) => {
    const { config } = await librdkafkaConfig(quix, { 'connections.max.idle.ms': 60_000 });
    return String(config['connections.max.idle.ms']);
  },
  applicationGroup: group,
  applicationTransactionalId: transactionalId,
  applicationTopic: topicId,
  changelogTopic: async (quix, { group: name = '', topic = '' }) => {
    const configuration = { cleanupPolicy: 'compact' };
    return (await quix.getTopic(`changelog__${name}--${topic}--default`, { configuration })).id;
  },
} satisfies Record<string, CallFunction>;

/** Name of a call that both clients can make. */
export type Call = keyof typeof CALLS;

async function outcome(run: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await run() };
  } catch (error) {
    if (!(error instanceof QuixError)) throw error;
    const { code, status, message } = error;
    return { error: code, status, message };
  }
}

/** Runs calls of this package one after the other, with the same client. */
export async function runOurs<C extends Call>(
  input: Input,
  calls: readonly C[],
): Promise<Record<C, Outcome>> {
  const { token, portalApi, workspaceId, brokerAddress, timeoutMs, topicTimeoutMs } = input;
  const options = { portalApi, workspaceId, brokerAddress, timeoutMs, topicTimeoutMs };
  let quix: QuixStreamingClient | undefined;
  const results: Partial<Record<C, Outcome>> = {};
  for (const call of calls) {
    results[call] = await outcome(() => {
      quix ??= new QuixStreamingClient(token, { ...options, env: input.env ?? {} });
      return CALLS[call](quix, input);
    });
  }
  await quix?.close();
  return results as Record<C, Outcome>;
}
