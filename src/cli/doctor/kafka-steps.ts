import type { BrokerCredentials } from 'quix-streams-auth';
import { splitBroker } from '../../kafka/shared/index.ts';
import type { InstalledClient } from '../kafka/kafka-clients.ts';
import { toKafkaFault } from '../kafka/kafka-fault.ts';
import type { KafkaProbe, ProbeOptions } from '../kafka/kafka-probe.ts';
import type { Checkup, Finding, StepName } from './checkup.ts';
import { lookUpHost, tryTcp, tryTls } from './network.ts';

const step = (id: string, title: string): StepName => ({ group: 'Kafka', id, title });

/** What the steps of all brokers share. */
export interface KafkaContext {
  readonly credentials: BrokerCredentials;
  readonly client: InstalledClient | undefined;
  readonly makeProbe: ((options: ProbeOptions) => KafkaProbe) | undefined;
  readonly timeoutMs: number;
}

function tlsRemedy(code: string, hasCa: boolean): string {
  if (code.includes('ALTNAME')) return 'The certificate is for another name than the Portal gives.';
  if (/EPROTO|WRONG_VERSION|SSL/.test(code)) {
    return 'The broker does not speak TLS on this port, or not one that this Node does.';
  }
  if (code === 'ECONNRESET') return 'The broker ended the handshake: it may not speak TLS there.';
  return hasCa
    ? 'The certificate authority that the Portal gave does not vouch for this broker: check the environment in Quix, and for a proxy in between.'
    : "The system's certificate authorities do not vouch for this broker, and the Portal gave no other.";
}

/** The login by the installed client, or a word that there is none. */
async function logIn(context: KafkaContext, broker: string): Promise<Finding> {
  const { client, makeProbe, credentials, timeoutMs } = context;
  const { sasl } = credentials;
  if (!client || !makeProbe) {
    return {
      detail: 'not tried',
      remark: {
        code: 'NO_KAFKA_CLIENT',
        message:
          'No Kafka client is installed here, so the login was not tried, and TLS is as far as it goes. Run this in the folder of your project, or npm install kafkajs.',
      },
    };
  }
  const probe = makeProbe({ credentials, broker, timeoutMs });
  try {
    await probe.logIn();
  } catch (error) {
    throw toKafkaFault(sasl ? `The login with ${sasl.mechanism} failed` : 'No answer', error);
  } finally {
    await probe.close().catch(() => undefined);
  }
  const what = sasl ? `logged in with ${sasl.mechanism} as ${sasl.username}` : 'Kafka answers';
  return { detail: `${what}, by ${client.name} ${client.version}` };
}

/** DNS, TCP, TLS and the login of one broker; what builds on a step that failed is not tried. */
export async function checkBroker(
  checkup: Checkup,
  context: KafkaContext,
  broker: string,
): Promise<boolean> {
  const { credentials, timeoutMs } = context;
  const { securityProtocol, ca, sasl } = credentials;
  const endpoint = splitBroker(broker);
  const dnsStep = step(`broker-dns ${broker}`, `${broker} DNS`);
  const tcpStep = step(`broker-tcp ${broker}`, `${broker} TCP`);
  const tlsStep = step(`broker-tls ${broker}`, `${broker} TLS`);
  const saslStep = step(`broker-sasl ${broker}`, `${broker} ${sasl ? 'SASL' : 'Kafka'}`);

  const dns = await checkup.run(dnsStep, () => lookUpHost(endpoint.host, timeoutMs));
  if (!dns) {
    for (const each of [tcpStep, tlsStep, saslStep]) checkup.skip(each, 'the name is not known');
    return false;
  }
  if (!(await checkup.run(tcpStep, () => tryTcp(endpoint, timeoutMs)))) {
    for (const each of [tlsStep, saslStep]) checkup.skip(each, 'there is no connection');
    return false;
  }
  if (securityProtocol.endsWith('SSL')) {
    const remedy = (code: string): string => tlsRemedy(code, ca !== undefined);
    const tls = await checkup.run(tlsStep, () =>
      tryTls(endpoint, ca === undefined ? {} : { ca }, timeoutMs, remedy),
    );
    if (!tls) {
      checkup.skip(saslStep, 'there is no trusted connection');
      return false;
    }
  } else checkup.skip(tlsStep, `none with ${securityProtocol}`);
  return (await checkup.run(saslStep, () => logIn(context, broker))) !== undefined;
}
