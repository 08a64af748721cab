import type { BrokerCredentials, QuixClientOptions } from 'quix-streams-auth';
import { findKafkaClient, type ClientName } from '../kafka/kafka-clients.ts';
import { checkBroker, type KafkaContext } from './brokers.ts';
import type { Checkup } from './checkup.ts';
import { checkExchange } from './exchange.ts';
import { checkNames, nameSteps, type NameOptions } from './names.ts';
import { stepTimeout } from './network.ts';
import { checkPortal } from './portal.ts';
import { checkSettings, checkToken } from './settings.ts';
import { STEPS } from './steps.ts';

/** What to examine. */
export interface Examination extends NameOptions {
  readonly options: QuixClientOptions;
  readonly cwd: string;
  readonly kafkaClient: ClientName | undefined;
}

/** Runs all steps. A failed step ends only the steps that need it. */
export async function examine(checkup: Checkup, examination: Examination): Promise<void> {
  const { options, cwd, kafkaClient } = examination;
  await using quix = await checkSettings(checkup, options);
  let credentials: BrokerCredentials | undefined;
  // The protocol of a local broker is known before the first request.
  if (quix?.describe().securityProtocol !== undefined) {
    checkup.skip(STEPS.url, 'a local broker needs neither a token nor the Portal');
    credentials = await quix.getBrokerCredentials();
  } else {
    await checkToken(checkup, options);
    const needs = [STEPS.settings, STEPS.token, ...(await checkPortal(checkup, options))];
    const { accepted, workspace, brokerSettings } = STEPS;
    if (!quix || checkup.isBlocked(needs)) {
      checkup.block(needs, [accepted, workspace, brokerSettings]);
    } else credentials = await checkExchange(checkup, quix);
  }
  if (!quix || !credentials) {
    const steps = [STEPS.brokers, ...nameSteps(examination)];
    checkup.block([STEPS.brokerSettings], steps);
    return;
  }
  const client = findKafkaClient(cwd, kafkaClient);
  const makeProbe = await client?.load();
  const timeoutMs = stepTimeout(options.timeoutMs);
  const context: KafkaContext = { credentials, client, makeProbe, timeoutMs };
  let usable: string | undefined;
  for (const broker of credentials.brokers) {
    if (await checkBroker(checkup, context, broker)) usable ??= broker;
  }
  await checkNames(checkup, quix, context, usable, examination);
}
