import { QuixError, type ClientDescription } from 'quix-streams-auth';

/** Default limit for connecting. Includes TLS, and the login with @platformatic/kafka. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** Idle time before a TCP keep-alive. Cloud load balancers drop connections after 4 minutes. */
export const KEEP_ALIVE_MS = 60_000;

/**
 * How a Kafka client logs in: always with SASL (`sasl`), always without it (`none`), with SASL if
 * the credentials contain a SASL login (`any`), or with the user's own `sasl` option (`user`).
 */
export type AuthMode = 'sasl' | 'none' | 'any' | 'user';

/**
 * Returns the settings that a Kafka client needs before the first exchange, and the user's options
 * without those that are `undefined`. Assumes TLS and SASL if the protocol is not known yet.
 */
export function resolveSettings<Options extends object>(
  { securityProtocol = 'SASL_SSL' }: Pick<ClientDescription, 'securityProtocol'>,
  userOptions: Options,
): { options: Partial<Options>; usesSasl: boolean; usesTls: boolean; authMode: AuthMode } {
  const options = Object.fromEntries(
    Object.entries(userOptions).filter(([, value]) => value !== undefined),
  ) as Partial<Options>;
  const usesSasl = securityProtocol.startsWith('SASL');
  const usesTls = securityProtocol.endsWith('SSL');
  const authMode = 'sasl' in options ? 'user' : usesSasl ? 'sasl' : 'none';
  return { options, usesSasl, usesTls, authMode };
}

/** Splits `host:port` or `[address]:port`. The host has no brackets. */
export function splitBroker(broker: string): { host: string; port: number } {
  const colon = broker.lastIndexOf(':');
  const host = broker.slice(0, colon).replace(/^\[|\]$/g, '');
  return { host, port: Number(broker.slice(colon + 1)) };
}

/** Returns the error for a second argument that does not come from the Kafka library. */
export function wrongLibraryError(adapter: string, expected: string, library: string): QuixError {
  const summary = `The second argument of ${adapter}() must be ${expected} of ${library}.`;
  const hint = `Run "npm install ${library}", then import ${expected} from "${library}".`;
  return new QuixError('QUIX_CONFIG', summary, { hint });
}
