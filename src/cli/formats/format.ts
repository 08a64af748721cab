import { QuixError } from 'quix-streams-auth';
import { toLibrdkafkaProperties, type BrokerSettings } from '../../credentials/index.ts';

/** Broker settings to print. The password may be hidden. */
export interface Settings extends BrokerSettings {
  /** File that contains the certificate authority, for tools that read it from a file. */
  readonly caFile?: string | undefined;
}

/** Returns librdkafka's properties. If the CA was written to a file, they contain its path. */
export function librdkafkaProperties(settings: Settings): Record<string, string> {
  const { ca, caFile } = settings;
  if (ca === undefined || caFile === undefined) return toLibrdkafkaProperties(settings);
  return { ...toLibrdkafkaProperties({ ...settings, ca: undefined }), 'ssl.ca.location': caFile };
}

/** Returns a text with a line `name=value` for each property. */
export function toLines(
  properties: Readonly<Record<string, string>>,
  writeValue: (value: string, name: string) => string,
): string {
  const entries = Object.entries(properties);
  return entries.map(([name, value]) => `${name}=${writeValue(value, name)}\n`).join('');
}

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];

/** Throws for other mechanisms, which need more than a user name and a password. */
export function assertMechanism(format: string, mechanism: string): void {
  if (MECHANISMS.includes(mechanism)) return;
  throw unwritable(format, 'SASL mechanism', `supported are ${MECHANISMS.join(', ')}`);
}

/** Creates the error for a setting that a format cannot hold. */
export function unwritable(format: string, setting: string, problem: string): QuixError {
  const message = `The format ${format} cannot hold this ${setting}: ${problem}.`;
  return new QuixError('QUIX_UNSUPPORTED', message, {
    hint: 'Use another format, such as json.',
  });
}
