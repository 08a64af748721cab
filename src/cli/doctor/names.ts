import type { QuixStreamingClient } from 'quix-streams-auth';
import { withProbe, type KafkaContext } from './brokers.ts';
import { StepFault, type Checkup, type Finding, type StepName } from './checkup.ts';

/** Names to check. */
export interface NameOptions {
  readonly topic: string | undefined;
  readonly group: string | undefined;
}

const NOT_CHECKED = 'not checked in Kafka';

const topicStep = (topic: string): StepName => ({
  group: 'Kafka',
  id: 'topic',
  title: `Topic ${topic}`,
});

const groupStep = (group: string): StepName => ({
  group: 'Kafka',
  id: 'group',
  title: `Group ${group}`,
});

/** Returns the steps for the names. */
export const nameSteps = ({ topic, group }: NameOptions): StepName[] => [
  ...(topic === undefined ? [] : [topicStep(topic)]),
  ...(group === undefined ? [] : [groupStep(group)]),
];

async function checkTopic(
  quix: QuixStreamingClient,
  context: KafkaContext,
  broker: string | undefined,
  topic: string,
): Promise<Finding> {
  const { id, status } = await quix.getTopic(topic, { create: false });
  const partitions = await withProbe(context, broker, `The topic ${id}`, (probe) =>
    probe.countPartitions(id),
  );
  if (partitions === 0) {
    throw new StepFault(
      `Kafka does not know the topic ${id}, or this user may not see it.`,
      'Check the topic in Quix.',
      'UNKNOWN_TOPIC_OR_PARTITION',
    );
  }
  const kafka = partitions === undefined ? NOT_CHECKED : `partitions in Kafka: ${partitions}`;
  return { detail: `${id}, ${status}, ${kafka}` };
}

async function checkGroup(
  quix: QuixStreamingClient,
  context: KafkaContext,
  broker: string | undefined,
  group: string,
): Promise<Finding> {
  const id = await quix.getConsumerGroup(group);
  const state = await withProbe(context, broker, `The group ${id}`, (probe) =>
    probe.groupState(id),
  );
  const kafka = state === 'Dead' ? 'does not exist until its first consumer starts' : state;
  return { detail: `${id}, ${kafka ?? NOT_CHECKED}` };
}

/**
 * Checks whether a topic and a group can be used, first in the Portal and then in Kafka.
 *
 * @param broker - A broker that accepted the login, if there is one.
 */
export async function checkNames(
  checkup: Checkup,
  quix: QuixStreamingClient,
  context: KafkaContext,
  broker: string | undefined,
  { topic, group }: NameOptions,
): Promise<void> {
  if (topic !== undefined) {
    await checkup.run(topicStep(topic), [], () => checkTopic(quix, context, broker, topic));
  }
  if (group !== undefined) {
    await checkup.run(groupStep(group), [], () => checkGroup(quix, context, broker, group));
  }
}
