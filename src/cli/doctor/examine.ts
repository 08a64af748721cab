import type { QuixClientOptions } from 'quix-streams-auth';
import { findKafkaClient, type ClientName } from '../kafka/kafka-clients.ts';
import { step, type Checkup } from './checkup.ts';
import { checkExchange, type Connected } from './exchange.ts';
import { checkBrokers, checkGroup, checkTopic, type KafkaCheck } from './kafka.ts';
import { checkPortal } from './portal.ts';
import { checkSettings, checkToken, type Settings } from './settings.ts';

/** What to examine besides the connection. */
export interface Examination {
  readonly cwd: string;
  readonly kafkaClient?: ClientName;
  readonly topic?: string;
  readonly group?: string;
}

function connect(
  checkup: Checkup,
  options: QuixClientOptions,
  settings: Promise<Settings>,
  quix: Settings['quix'],
): Promise<Connected> {
  // The protocol of a local broker is known before the first request.
  if (quix?.describe().securityProtocol === undefined) {
    const token = checkToken(checkup, options);
    return checkExchange(checkup, [settings, token, checkPortal(checkup, options)]);
  }
  return checkup.run(step('Portal', 'portal-url', 'Portal'), async () => {
    const detail = 'a local broker needs neither a token nor the Portal';
    return { detail, isSkipped: true, quix, credentials: await quix.getBrokerCredentials() };
  });
}

/** Runs all steps. A failed step ends only the steps that need it. */
export async function examine(
  checkup: Checkup,
  options: QuixClientOptions,
  { cwd, kafkaClient, topic, group }: Examination,
): Promise<void> {
  const settings = checkSettings(checkup, options);
  const { quix } = await settings.catch((): Partial<Settings> => ({}));
  try {
    const connected = connect(checkup, options, settings, quix);
    const check: KafkaCheck = { checkup, connected, client: findKafkaClient(cwd, kafkaClient) };
    await checkBrokers(check);
    if (topic !== undefined) {
      void checkup.run(step('Kafka', 'topic', `Topic ${topic}`), () => checkTopic(check, topic));
    }
    if (group !== undefined) {
      void checkup.run(step('Kafka', 'group', `Group ${group}`), () => checkGroup(check, group));
    }
    await checkup.end();
  } finally {
    await quix?.close();
  }
}
