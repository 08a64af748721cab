import type { QuixStreamingClient } from 'quix-streams-auth';
import { toKafkaFault } from '../kafka/kafka-fault.ts';
import type { KafkaProbe } from '../kafka/kafka-probe.ts';
import { StepFault, type Checkup, type StepName } from './checkup.ts';
import type { KafkaContext } from './kafka-steps.ts';

/** The names that the doctor was asked about. */
export interface AskedNames {
  readonly topic: string | undefined;
  readonly group: string | undefined;
}

const topicStep = (name: string): StepName => ({
  group: 'Kafka',
  id: 'topic',
  title: `Topic ${name}`,
});
const groupStep = (name: string): StepName => ({
  group: 'Kafka',
  id: 'group',
  title: `Group ${name}`,
});

export function skipNames(checkup: Checkup, { topic, group }: AskedNames, reason: string): void {
  if (topic !== undefined) checkup.skip(topicStep(topic), reason);
  if (group !== undefined) checkup.skip(groupStep(group), reason);
}

/** What Kafka says of the names, by a login of its own. */
async function askKafka<T>(
  { makeProbe, credentials, timeoutMs }: KafkaContext,
  broker: string | undefined,
  what: string,
  question: (probe: KafkaProbe) => Promise<T>,
): Promise<T | undefined> {
  if (!makeProbe || broker === undefined) return undefined;
  const probe = makeProbe({ credentials, broker, timeoutMs });
  try {
    await probe.logIn();
    return await question(probe);
  } catch (error) {
    throw error instanceof StepFault ? error : toKafkaFault(what, error);
  } finally {
    await probe.close().catch(() => undefined);
  }
}

/**
 * Whether a topic and a group can be used: what the Portal says, and then what Kafka says.
 *
 * @param broker - One whose login worked, if there is one.
 */
export async function checkNames(
  checkup: Checkup,
  quix: QuixStreamingClient,
  context: KafkaContext,
  broker: string | undefined,
  { topic, group }: AskedNames,
): Promise<void> {
  const unasked = broker === undefined ? '; Kafka was not asked' : '';
  if (topic !== undefined) {
    await checkup.run(topicStep(topic), async () => {
      const { id, status } = await quix.getTopic(topic, { create: false });
      const partitions = await askKafka(context, broker, `The topic ${id}`, (probe) =>
        probe.countPartitions(id),
      );
      if (partitions === 0) {
        throw new StepFault(
          `Kafka does not know the topic ${id}, or this user may not see it`,
          'Check the topic in Quix.',
          'UNKNOWN_TOPIC_OR_PARTITION',
        );
      }
      const known = partitions === undefined ? unasked : `, ${partitions} partitions in Kafka`;
      return { detail: `${id}, ${status}${known}` };
    });
  }
  if (group !== undefined) {
    await checkup.run(groupStep(group), async () => {
      const id = await quix.getConsumerGroup(group);
      const state = await askKafka(context, broker, `The group ${id}`, (probe) =>
        probe.groupState(id),
      );
      const words = state === 'Dead' ? 'not there yet: its first consumer makes it' : state;
      return { detail: `${id}${words === undefined ? unasked : `, ${words}`}` };
    });
  }
}
