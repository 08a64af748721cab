import { QuixError, type ClientDescription } from 'quix-streams-auth';

/** Default time limit for connecting. It covers TLS on a busy machine and an exchange. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** TCP keep-alive interval. Cloud load balancers silently drop connections after 4 idle minutes. */
export const KEEP_ALIVE_MS = 60_000;

/**
 * How a Kafka client logs in: always with SASL, never, whichever the credentials require (`any`),
 * or with the user's own `sasl` option (`user`).
 */
export type AuthMode = 'sasl' | 'none' | 'any' | 'user';

/**
 * Returns the settings that a client cannot change once it is configured, and the user's options
 * without those that are `undefined`. TLS and SASL are assumed before the first exchange.
 */
export function connectionSettings<Options extends object>(
  { securityProtocol = 'SASL_SSL' }: Pick<ClientDescription, 'securityProtocol'>,
  options: Options,
): { overrides: Partial<Options>; usesSasl: boolean; usesTls: boolean; authMode: AuthMode } {
  const overrides = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Partial<Options>;
  const usesSasl = securityProtocol.startsWith('SASL');
  const usesTls = securityProtocol.endsWith('SSL');
  const authMode = usesSasl ? 'sasl' : 'none';
  return { overrides, usesSasl, usesTls, authMode: 'sasl' in overrides ? 'user' : authMode };
}

/** Splits `host:port` or `[address]:port`. The host has no brackets. */
export function splitBroker(broker: string): { host: string; port: number } {
  const colon = broker.lastIndexOf(':');
  return {
    host: broker.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(broker.slice(colon + 1)),
  };
}

/**
 * Returns the error for a `library` argument that is not the library's, for example `undefined`.
 */
export function wrongLibrary(adapter: string, expected: string, packageName: string): QuixError {
  return new QuixError(
    'QUIX_CONFIG',
    `The second argument of ${adapter}() must be ${expected} of ${packageName}.`,
    { hint: `Run "npm install ${packageName}", then import it from that package.` },
  );
}
