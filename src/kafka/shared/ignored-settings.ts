import type { BrokerCredentials } from 'quix-streams-auth';
import { TLS_PROPERTIES } from '../../credentials/index.ts';
import type { Warn } from '../../warnings.ts';

/** librdkafka properties that the adapters for kafkajs and @platformatic/kafka apply. */
const APPLIED: readonly string[] = [
  'bootstrap.servers',
  'security.protocol',
  'sasl.mechanism',
  'sasl.username',
  'sasl.password',
  'client.id',
  ...TLS_PROPERTIES,
  // Certificates and host names are always verified.
  'enable.ssl.certificate.verification',
  'ssl.endpoint.identification.algorithm',
];

/** Warns about each setting of the Portal that only librdkafka can apply. */
export function warnOfIgnoredSettings(
  quix: { warn?: Warn },
  clientName: string,
  credentials: BrokerCredentials,
): void {
  for (const name of Object.keys(credentials.toLibrdkafka())) {
    if (APPLIED.includes(name)) continue;
    quix.warn?.({
      code: 'BROKER_SETTING_IGNORED',
      about: name,
      message: `The adapter for ${clientName} ignores the broker setting "${name}" of the Portal, because only librdkafka has this setting. Set the option with the same effect in your configuration of ${clientName}, or use @confluentinc/kafka-javascript.`,
    });
  }
}
