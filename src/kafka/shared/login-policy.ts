import { QuixError } from 'quix-streams-auth';

/** Times that the adapters use after refused logins, in milliseconds. */
export const LOGIN_POLICY = {
  /** Wait before the next exchange if the error has no `retryAfterMs`. */
  retryPauseMs: 1_000,
  /** For this long after the mechanism changed, a refused login may have used the old one. */
  mechanismGraceMs: 10_000,
  /** For this long after a refusal in `connect()`, librdkafka may log the same refusal again. */
  connectingGraceMs: 700,
  /** For this long after a connected client got a new login, librdkafka may log the old refusal. */
  connectedGraceMs: 3_000,
} as const;

/** Code of a refused login. kafkajs and @platformatic/kafka both use Kafka's name for it. */
export const REFUSED_LOGIN = 'SASL_AUTHENTICATION_FAILED';

/** Returns the error for a connection whose SASL mechanism is no longer the current one. */
export function mechanismChangedError(hint: string): QuixError {
  const summary = 'The SASL mechanism changed while a connection was being opened.';
  return new QuixError('QUIX_CREDENTIALS_REFUSED', summary, { retryable: true, hint });
}
