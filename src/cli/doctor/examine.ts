import type { QuixClientOptions } from 'quix-streams-auth';
import { findKafkaClient, type ClientName } from '../kafka/kafka-clients.ts';
import { step, type Checkup, type Result } from './checkup.ts';
import { checkExchange, type Connected } from './exchange.ts';
import { checkBroker, checkGroup, checkTopic } from './kafka.ts';
import { stepTimeout } from './network.ts';
import { checkPortal } from './portal.ts';
import { checkSettings, checkToken } from './settings.ts';

/** What to examine besides the connection. */
export interface Examination {
  readonly cwd: string;
  readonly kafkaClient?: ClientName;
  readonly topic?: string;
  readonly group?: string;
}

async function connect(checkup: Checkup, options: QuixClientOptions): Promise<Result<Connected>> {
  const settings = await checkSettings(checkup, options);
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
  const connected = await connect(checkup, options);
  const client = findKafkaClient(cwd, kafkaClient);
  const access = { client, timeoutMs: stepTimeout(options.timeoutMs) };
  let usable: string | undefined;
  if (connected.finding) {
    const { credentials } = connected.finding;
    for (const broker of credentials.brokers) {
      if (await checkBroker(checkup, access, credentials, broker)) usable ??= broker;
    }
  } else
    await checkup.run(step('Kafka', 'brokers', 'Brokers'), { connected }, (it) => it.connected);
  if (topic !== undefined) {
    await checkup.run(step('Kafka', 'topic', `Topic ${topic}`), { connected }, (it) =>
      checkTopic(access, it.connected, usable, topic),
    );
  }
  if (group !== undefined) {
    await checkup.run(step('Kafka', 'group', `Group ${group}`), { connected }, (it) =>
      checkGroup(access, it.connected, usable, group),
    );
  }
  await connected.finding?.quix.close();
}
