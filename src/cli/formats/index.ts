import type { BrokerCredentials } from 'quix-streams-auth';
import type { Settings } from './format.ts';
import { json, kafkajs, librdkafka } from './json-formats.ts';
import { properties } from './properties.ts';
import { env, kcat } from './text-formats.ts';

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
