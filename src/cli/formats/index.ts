import type { BrokerCredentials } from 'quix-streams-auth';
import { librdkafkaProperties, unwritable, type Settings } from './format.ts';
import { properties } from './properties.ts';
import { env, kcat } from './text-formats.ts';

const KAFKAJS_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'];

/** Format for every librdkafka client that accepts an object, a dict or a map. */
const librdkafka = {
  about: "librdkafka's properties as a JSON object",
  write: librdkafkaProperties,
};

/** Format for `new Kafka(JSON.parse(…))`. */
const kafkajs = {
  about: "kafkajs' configuration as a JSON object",
  write({ brokers, securityProtocol, sasl, ca, clientId }: Settings): object {
    const mechanism = sasl?.mechanism.toLowerCase();
    if (mechanism !== undefined && !KAFKAJS_MECHANISMS.includes(mechanism)) {
      const supported = KAFKAJS_MECHANISMS.join(', ');
      throw unwritable('kafkajs', 'SASL mechanism', `kafkajs supports ${supported}`);
    }
    return {
      ...(clientId !== undefined && { clientId }),
      brokers,
      ssl: securityProtocol.endsWith('SSL') && (ca === undefined || { ca: [ca] }),
      ...(sasl && { sasl: { ...sasl, mechanism } }),
    };
  },
};

/** Format with all settings under the names of this package. */
const json = {
  about: "all settings under this package's own names",
  write: (settings: Settings): object => settings,
};

/**
 * Formats by the name that `--format` accepts. `write()` returns the content of a text file, or an
 * object to print as JSON. It throws `QUIX_UNSUPPORTED` if the format cannot hold a setting.
 */
export const FORMATS = { librdkafka, properties, kafkajs, kcat, env, json };

export type FormatName = keyof typeof FORMATS;

export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];

/** Returns the settings to print. */
export function toSettings(
  { workspaceId, brokers, securityProtocol, sasl, ca, clientId }: BrokerCredentials,
  showSecrets: boolean,
  caFile: string | undefined,
): Settings {
  const shown = sasl && { ...sasl.toJSON(), ...(showSecrets && { password: sasl.password }) };
  return { workspaceId, brokers, securityProtocol, sasl: shown, ca, caFile, clientId };
}

/** Returns the text of what a format wrote. */
export const toText = (written: string | object): string =>
  typeof written === 'string' ? written : `${JSON.stringify(written, undefined, 2)}\n`;
