import type { BrokerCredentials } from 'quix-streams-auth';
import { splitBroker } from '../../kafka/split-broker.ts';
import type { InstalledClient } from '../kafka/kafka-clients.ts';
import { toKafkaFault } from '../kafka/kafka-fault.ts';
import type { KafkaProbe, MakeProbe } from '../kafka/kafka-probe.ts';
import type { Checkup, Finding, StepName } from './checkup.ts';
import { checkEndpoint, tryTls } from './network.ts';

/** What the Kafka steps share. */
export interface KafkaContext {
  readonly credentials: BrokerCredentials;
  readonly client: InstalledClient | undefined;
  readonly makeProbe: MakeProbe | undefined;
  readonly timeoutMs: number;
}

function tlsRemedy(code: string, hasCa: boolean): string {
  if (code.includes('ALTNAME')) {
    return 'The certificate belongs to another name than the Portal returned.';
  }
  if (/EPROTO|WRONG_VERSION|SSL/.test(code)) {
    return 'The broker does not use TLS on this port, or a TLS version that this Node does not support.';
  }
  if (code === 'ECONNRESET') {
    return 'The broker closed the connection. It may not use TLS on this port.';
  }
  return hasCa
    ? 'The certificate authority that the Portal returned did not issue the certificate of this broker. Check the environment in Quix, and whether a proxy intercepts the connection.'
    : "The system's certificate authorities do not trust this broker, and the Portal returned no other.";
}

/** Runs a task with a new connection to a broker. Returns `undefined` without a Kafka client. */
export async function withProbe<T>(
  { makeProbe, credentials, timeoutMs }: KafkaContext,
  broker: string | undefined,
  failure: string,
  task: (probe: KafkaProbe) => Promise<T>,
): Promise<T | undefined> {
  if (!makeProbe || broker === undefined) return undefined;
  const probe = makeProbe({ credentials, broker, timeoutMs });
  try {
    await probe.logIn();
    return await task(probe);
  } catch (error) {
    throw toKafkaFault(failure, error);
  } finally {
    await probe.close().catch(() => undefined);
  }
}

async function logIn(context: KafkaContext, broker: string): Promise<Finding> {
  const { client, credentials } = context;
  const { sasl } = credentials;
  if (!client) {
    const message =
      'No Kafka client is installed here, so the login was not tried. Run this command in the folder of your project, or run npm install kafkajs.';
    return { detail: 'not tried', remark: { code: 'NO_KAFKA_CLIENT', message } };
  }
  const failure = sasl ? `The login with ${sasl.mechanism} failed` : 'Kafka did not respond';
  await withProbe(context, broker, failure, () => Promise.resolve());
  const result = sasl ? `logged in with ${sasl.mechanism} as ${sasl.username}` : 'Kafka responds';
  return { detail: `${result}, by ${client.name} ${client.version}` };
}

/** Checks DNS, TCP, TLS and the login of one broker. Resolves to whether the login succeeded. */
export async function checkBroker(
  checkup: Checkup,
  context: KafkaContext,
  broker: string,
): Promise<boolean> {
  const { credentials, timeoutMs } = context;
  const { securityProtocol, ca, sasl } = credentials;
  const endpoint = splitBroker(broker);
  const step = (id: string, title: string): StepName => ({
    group: 'Kafka',
    id: `${id} ${broker}`,
    title: `${broker} ${title}`,
  });
  const steps = {
    dns: step('broker-dns', 'DNS'),
    tcp: step('broker-tcp', 'TCP'),
    tls: step('broker-tls', 'TLS'),
  };
  const remedy = (code: string): string => tlsRemedy(code, ca !== undefined);
  const tls = (): Promise<Finding> => tryTls(endpoint, { ca }, timeoutMs, remedy);
  const reason = `${securityProtocol} does not use TLS`;
  const usesTls = securityProtocol.endsWith('SSL');
  await checkEndpoint(checkup, steps, endpoint, timeoutMs, usesTls ? tls : reason);
  const login = step('broker-sasl', sasl ? 'SASL' : 'Kafka');
  const { tcp, tls: secured } = steps;
  return (await checkup.run(login, [tcp, secured], () => logIn(context, broker))) !== undefined;
}
