import { QuixError, type BrokerCredentials } from 'quix-streams-auth';
import { toTlsOptions } from '../../credentials/index.ts';

/** Times that the adapters use after refused logins, in milliseconds. */
export const LOGIN_POLICY = {
  /** Wait before the next exchange if the error has no `retryAfterMs`. */
  retryPauseMs: 1_000,
  /** During `connect()`, librdkafka may log the refusal of a replaced login for this long. */
  connectingGraceMs: 700,
  /** Once connected, librdkafka may log the refusal of a replaced login for this long. */
  connectedGraceMs: 3_000,
} as const;

/** Kafka's name for the error of a refused login, as in kafkajs and @platformatic/kafka. */
export const REFUSED_LOGIN = 'SASL_AUTHENTICATION_FAILED';

/**
 * Kafka's text for a login that may not replace the previous login of its connection, because the
 * user name or the mechanism is another one. The credentials of the login may be right.
 */
const REAUTHENTICATION_TEXT = /re-authentication/i;

/** Returns whether Kafka refused a login because of the previous login of the connection. */
export function isReauthenticationRefusal(message: unknown): boolean {
  return typeof message === 'string' && REAUTHENTICATION_TEXT.test(message);
}

/**
 * Returns whether a connection may log in with `credentials`. The connection must have been opened
 * with the same protocol and TLS settings, so that a password never goes to a server that was
 * verified with other settings, or over a connection without TLS. The user name and the mechanism
 * must be the same too, because Kafka does not let a connection change them when it logs in again.
 *
 * @param opened - The snapshot that was current when the connection was opened.
 */
export function mayLogIn(
  opened: BrokerCredentials | undefined,
  credentials: BrokerCredentials,
): boolean {
  return opened !== undefined && settingsOf(opened) === settingsOf(credentials);
}

/** Returns the settings that a connection cannot change. */
function settingsOf(credentials: BrokerCredentials): string {
  const { securityProtocol, sasl } = credentials;
  const tls = toTlsOptions(credentials.toLibrdkafka());
  return JSON.stringify([securityProtocol, tls, sasl?.mechanism, sasl?.username]);
}

/** Returns the error for a connection that was opened with outdated broker settings. */
export function outdatedConnectionError(hint: string): QuixError {
  const summary =
    'The broker settings changed while a connection was open. The connection was closed before the login.';
  return new QuixError('QUIX_CREDENTIALS_REFUSED', summary, { retryable: true, hint });
}
