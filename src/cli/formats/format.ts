import { QuixError, type BrokerCredentials } from 'quix-streams-auth';
import type { BrokerSettings } from '../../credentials/broker-credentials.ts';

/** Broker settings to write down; the password is the real one or stands for it. */
export interface Settings extends BrokerSettings {
  /** Where the CA is, for tools that read it from a file alone. */
  readonly caFile?: string | undefined;
}

/** Writes settings as some tool reads them. */
export interface Format {
  /** For the help. */
  readonly about: string;
  /** Whether the tool takes a CA from a file alone. */
  readonly needsCaFile?: boolean;
  /** @throws QuixError `QUIX_UNSUPPORTED` for what the tool's format cannot hold */
  write(settings: Settings): string;
}

/** What stands for a password that is not to be shown. */
export const HIDDEN = '[hidden]';

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
    sasl: sasl && {
      mechanism: sasl.mechanism,
      username: sasl.username,
      password: showSecrets ? sasl.password : HIDDEN,
    },
    ca,
    caFile,
    clientId,
  };
}

/** librdkafka's names, with the CA as text or, where there is one, by its file. */
export function librdkafkaProperties(settings: Settings): Record<string, string> {
  const { brokers, securityProtocol, sasl, ca, caFile, clientId } = settings;
  return {
    'bootstrap.servers': brokers.join(','),
    'security.protocol': securityProtocol.toLowerCase(),
    ...(sasl && {
      'sasl.mechanism': sasl.mechanism,
      'sasl.username': sasl.username,
      'sasl.password': sasl.password,
    }),
    ...(ca !== undefined &&
      (caFile === undefined ? { 'ssl.ca.pem': ca } : { 'ssl.ca.location': caFile })),
    ...(clientId !== undefined && { 'client.id': clientId }),
  };
}

/** The error for a value that a format has no way to write. */
export function unwritable(format: string, setting: string, problem: string): QuixError {
  return new QuixError(
    'QUIX_UNSUPPORTED',
    `The format ${format} cannot hold this ${setting}: ${problem}.`,
    { hint: 'Use another format, such as json.' },
  );
}
