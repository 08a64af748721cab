import { QuixError, type BrokerCredentials } from 'quix-streams-auth';
import { toLibrdkafkaProperties, type BrokerSettings } from '../../credentials/index.ts';

/** Broker settings to print. The password may be hidden. */
export interface Settings extends BrokerSettings {
  /** File that contains the certificate authority, for tools that read it from a file. */
  readonly caFile?: string | undefined;
}

/** Format of a tool. */
export interface Format {
  /** Description for the help. */
  readonly about: string;
  /** Whether the tool reads the certificate authority from a file only. */
  readonly needsCaFile?: boolean;
  /**
   * Returns the content of a text file, or an object to print as JSON.
   *
   * @throws QuixError `QUIX_UNSUPPORTED` if the format cannot hold a setting
   */
  write(settings: Settings): string | object;
}

export function toSettings(
  credentials: BrokerCredentials,
  showSecrets: boolean,
  caFile: string | undefined,
): Settings {
  const { workspaceId, brokers, securityProtocol, sasl, ca, clientId } = credentials;
  return {
    workspaceId,
    brokers,
    securityProtocol,
    sasl: sasl && { ...sasl.toJSON(), ...(showSecrets && { password: sasl.password }) },
    ca,
    caFile,
    clientId,
  };
}

/** Returns the text of what a format wrote. */
export const toText = (written: string | object): string =>
  typeof written === 'string' ? written : `${JSON.stringify(written, undefined, 2)}\n`;

/** Returns librdkafka's properties. The certificate authority is a file if one was written. */
export function librdkafkaProperties(settings: Settings): Record<string, string> {
  const { ca, caFile } = settings;
  if (ca === undefined || caFile === undefined) return toLibrdkafkaProperties(settings);
  return { ...toLibrdkafkaProperties({ ...settings, ca: undefined }), 'ssl.ca.location': caFile };
}

/** Creates the error for a setting that a format cannot hold. */
export function unwritable(format: string, setting: string, problem: string): QuixError {
  return new QuixError(
    'QUIX_UNSUPPORTED',
    `The format ${format} cannot hold this ${setting}: ${problem}.`,
    { hint: 'Use another format, such as json.' },
  );
}
