import type { QuixClientOptions } from 'quix-streams-auth';
import { findKafkaClient, type ClientName } from '../kafka/kafka-clients.ts';
import { step, type Checkup, type Result } from './checkup.ts';
import { checkExchange, type Connected } from './exchange.ts';
import { KafkaCheck } from './kafka.ts';
import { stepTimeout } from './network.ts';
import { checkPortal } from './portal.ts';
import { checkSettings, checkToken, type Settings } from './settings.ts';

/** What to examine besides the connection. */
export interface Examination {
  readonly cwd: string;
  readonly kafkaClient?: ClientName;
  readonly topic?: string;
  readonly group?: string;
}

async function connect(
  checkup: Checkup,
  options: QuixClientOptions,
  settings: Result<Settings>,
): Promise<Result<Connected>> {
  const quix = settings.finding?.quix;
  // The protocol of a local broker is known before the first request.
  if (quix?.describe().securityProtocol === undefined) {
    const token = await checkToken(checkup, options);
    const portal = await checkPortal(checkup, options);
    return await checkExchange(checkup, { settings, token, portal });
  }
  const reason = 'a local broker needs neither a token nor the Portal';
  checkup.skip(step('Portal', 'portal-url', 'Portal'), reason);
  const credentials = await quix.getBrokerCredentials();
  return { finding: { detail: reason, quix, credentials } };
}

/** Runs all steps. A failed step ends only the steps that need it. */
export async function examine(
  checkup: Checkup,
  options: QuixClientOptions,
  { cwd, kafkaClient, topic, group }: Examination,
): Promise<void> {
  const settings = await checkSettings(checkup, options);
  try {
    const connected = await connect(checkup, options, settings);
    const client = findKafkaClient(cwd, kafkaClient);
    const timeoutMs = stepTimeout(options.timeoutMs);
    const kafka: Result<KafkaCheck> = connected.finding
      ? { finding: new KafkaCheck(connected.finding, client, timeoutMs) }
      : connected;
    if (kafka.finding) await kafka.finding.checkBrokers(checkup);
    else await checkup.run(step('Kafka', 'brokers', 'Brokers'), { kafka }, (it) => it.kafka);
    if (topic !== undefined) {
      const name = step('Kafka', 'topic', `Topic ${topic}`);
      await checkup.run(name, { kafka }, (it) => it.kafka.checkTopic(topic));
    }
    if (group !== undefined) {
      const name = step('Kafka', 'group', `Group ${group}`);
      await checkup.run(name, { kafka }, (it) => it.kafka.checkGroup(group));
    }
  } finally {
    await settings.finding?.quix?.close();
  }
}
