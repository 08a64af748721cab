import {
  QuixError,
  type ClientDescription,
  type QuixStreamingClient,
  type SecurityProtocol,
} from 'quix-streams-auth';

/** Default limit for connecting. Includes TLS, and the login with @platformatic/kafka. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** Idle time before a TCP keep-alive. Cloud load balancers drop connections after 4 minutes. */
export const KEEP_ALIVE_MS = 60_000;

/**
 * How a Kafka client logs in: always with SASL (`sasl`), always without it (`none`), with SASL if
 * the credentials contain a SASL login (`any`), or with the user's own `sasl` option (`user`).
 */
export type AuthMode = 'sasl' | 'none' | 'any' | 'user';

/** Methods of a client that every adapter calls. */
const CLIENT_METHODS = ['getBrokerCredentials', 'invalidate', 'describe'] as const;

/**
 * The part of a `QuixStreamingClient` that every adapter needs. The adapters repeat this type in
 * their signatures, because the build would put a shared type in a file of its own.
 */
export type CredentialClient = Pick<QuixStreamingClient, (typeof CLIENT_METHODS)[number]>;

/**
 * Checks whether the first argument of an adapter has the methods of a client. Does not use
 * `instanceof`, because the client may come from a second installed copy of this package.
 *
 * @throws QuixError `QUIX_CONFIG` if a method is missing
 */
export function assertClient(
  quix: Partial<CredentialClient> | null | undefined,
  adapter: string,
): void {
  if (CLIENT_METHODS.every((name) => typeof quix?.[name] === 'function')) return;
  const summary = `The first argument of ${adapter}() must be a QuixStreamingClient.`;
  const hint = 'Create it with "new QuixStreamingClient()", and pass it as the first argument.';
  throw new QuixError('QUIX_CONFIG', summary, { hint });
}

/** Returns whether a client uses a Kafka without the Portal. Only then, `describe()` has no token. */
export function usesLocalBroker({ token }: Pick<ClientDescription, 'token'>): boolean {
  return token === undefined;
}

/**
 * Returns the settings that are known before the first exchange, and the user's options. Drops
 * options with the value `undefined`. Assumes TLS and SASL if the protocol is not known yet.
 */
export function resolveSettings<Options extends object>(
  {
    securityProtocol = 'SASL_SSL',
    clientId,
  }: Pick<ClientDescription, 'securityProtocol' | 'clientId'>,
  userOptions: Options,
): {
  options: Partial<Options>;
  securityProtocol: SecurityProtocol;
  clientId: string | undefined;
} {
  const options = Object.fromEntries(
    Object.entries(userOptions).filter(([, value]) => value !== undefined),
  ) as Partial<Options>;
  return { options, securityProtocol, clientId };
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
