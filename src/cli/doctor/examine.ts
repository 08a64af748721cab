import type { BrokerCredentials, QuixClientOptions, QuixStreamingClient } from 'quix-streams-auth';
import { findKafkaClient, type ClientName } from '../kafka/kafka-clients.ts';
import type { Checkup, StepName } from './checkup.ts';
import { checkExchange, skipExchange } from './exchange-steps.ts';
import { checkBroker, type KafkaContext } from './kafka-steps.ts';
import { checkNames, skipNames, type AskedNames } from './name-steps.ts';
import { checkPortal } from './portal-steps.ts';
import { checkSettings, checkToken } from './settings-steps.ts';

/** What to examine. */
export interface Examination extends AskedNames {
  readonly options: QuixClientOptions;
  readonly cwd: string;
  readonly kafkaClient: ClientName | undefined;
}

const MAX_STEP_MS = 10_000;

const LOCAL_STEP: StepName = { group: 'Portal', id: 'portal-url', title: 'Portal' };
const BROKERS_STEP: StepName = { group: 'Kafka', id: 'brokers', title: 'Brokers' };

/** Every step from the environment to Kafka; one that fails ends none but those that build on it. */
export async function examine(checkup: Checkup, examination: Examination): Promise<void> {
  const { options } = examination;
  const quix = await checkSettings(checkup, options);
  // A local broker has its protocol before anything is asked, and no token.
  if (quix?.describe().securityProtocol === undefined) {
    const { token } = await checkToken(checkup, options);
    const { isReachable } = await checkPortal(checkup, options);
    let credentials: BrokerCredentials | undefined;
    if (!token) skipExchange(checkup, 'there is no token');
    else if (!quix) skipExchange(checkup, 'a setting is wrong');
    else if (!isReachable) skipExchange(checkup, 'the Portal cannot be reached');
    else credentials = await checkExchange(checkup, quix);
    await checkKafka(checkup, quix, credentials, examination);
  } else {
    checkup.skip(LOCAL_STEP, 'a local broker needs neither token nor Portal');
    await checkKafka(checkup, quix, await quix.getBrokerCredentials(), examination);
  }
  await quix?.close();
}

async function checkKafka(
  checkup: Checkup,
  quix: QuixStreamingClient | undefined,
  credentials: BrokerCredentials | undefined,
  { options, cwd, kafkaClient, topic, group }: Examination,
): Promise<void> {
  if (!quix || !credentials) {
    checkup.skip(BROKERS_STEP, 'none is known');
    skipNames(checkup, { topic, group }, 'no broker is known');
    return;
  }
  const client = findKafkaClient(cwd, kafkaClient);
  const context: KafkaContext = {
    credentials,
    client,
    makeProbe: await client?.load(),
    timeoutMs: Math.min(options.timeoutMs ?? Infinity, MAX_STEP_MS),
  };
  let working: string | undefined;
  for (const broker of credentials.brokers) {
    if (await checkBroker(checkup, context, broker)) working ??= broker;
  }
  await checkNames(checkup, quix, context, working, { topic, group });
}
