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
  /**
   * For librdkafka: waits before further requests for the credentials, after a refused login was
   * replaced. The sum is less than the 30 s in which librdkafka logs an identical refusal only once.
   */
  checkAgainAfterMs: [1_000, 1_500, 3_000, 6_000, 12_000],
  /** A login waits for the end of a cooldown at most this long, instead of failing. */
  maxCooldownWaitMs: 5_000,
} as const;

/** Kafka's name for the error of a refused login, as in kafkajs and @platformatic/kafka. */
export const REFUSED_LOGIN = 'SASL_AUTHENTICATION_FAILED';

/**
 * Part of Kafka's message for a login that would change the user name or the mechanism of an open
 * connection. The refused credentials may be right.
 */
const REAUTHENTICATION_TEXT = /re-authentication/i;

/**
 * Returns whether Kafka refused a login because it differs from the connection's previous login.
 */
export function isReauthenticationRefusal(message: unknown): boolean {
  return typeof message === 'string' && REAUTHENTICATION_TEXT.test(message);
}

/**
 * Returns whether a connection may log in with `credentials`. The connection must have been opened
 * with the same protocol and TLS settings. Otherwise, the password could be sent without TLS, or to
 * a server that was verified with other settings. The user name and the mechanism must also be the
 * same, because Kafka does not let an open connection change them.
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
    'The broker settings changed while a connection was open, so the connection was closed.';
  return new QuixError('QUIX_CREDENTIALS_REFUSED', summary, { retryable: true, hint });
}
