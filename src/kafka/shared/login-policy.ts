import { QuixError } from 'quix-streams-auth';

/** Times that the adapters use after refused logins, in milliseconds. */
export const LOGIN_POLICY = {
  /** Wait before the next exchange if the error has no `retryAfterMs`. */
  retryPauseMs: 1_000,
  /** After the mechanism changed, refused logins may have used the old mechanism for this long. */
  mechanismGraceMs: 10_000,
  /** During `connect()`, librdkafka may log the refusal of a replaced login for this long. */
  connectingGraceMs: 700,
  /** Once connected, librdkafka may log the refusal of a replaced login for this long. */
  connectedGraceMs: 3_000,
} as const;

/** Kafka's name for the error of a refused login, as in kafkajs and @platformatic/kafka. */
export const REFUSED_LOGIN = 'SASL_AUTHENTICATION_FAILED';

/** Returns the error for a connection with an outdated SASL mechanism. */
export function mechanismChangedError(hint: string): QuixError {
  const summary = 'The SASL mechanism changed while a connection was being opened.';
  return new QuixError('QUIX_CREDENTIALS_REFUSED', summary, { retryable: true, hint });
}
