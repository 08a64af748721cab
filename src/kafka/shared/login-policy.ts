import { QuixError } from 'quix-streams-auth';

/** How the adapters react to refused logins. Times are in milliseconds. */
export const LOGIN_POLICY = {
  /** Wait before the next exchange if the error has no `retryAfterMs`. */
  retryPauseMs: 1_000,
  /** For this long after the mechanism changed, a refused login may have used the old one. */
  mechanismGraceMs: 10_000,
  /** For this long after a refusal during `connect()`, librdkafka may log the same refusal again. */
  connectingGraceMs: 700,
  /** For this long after the login of a connected client changed, librdkafka may log refusals of the old login. */
  connectedGraceMs: 3_000,
} as const;

/** Code of a refused login. kafkajs and @platformatic/kafka both use Kafka's name for it. */
export const REFUSED_LOGIN = 'SASL_AUTHENTICATION_FAILED';

/** Returns the error for a connection that was opened for a SASL mechanism that has since changed. */
export function mechanismChangedError(hint: string): QuixError {
  return new QuixError(
    'QUIX_CREDENTIALS_REFUSED',
    'The SASL mechanism changed while a connection was being opened.',
    { retryable: true, hint },
  );
}
