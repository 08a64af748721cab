import { QuixError } from 'quix-streams-auth';
import { REFUSAL_POLICY } from '../../credentials/index.ts';

/** How the adapters react when Kafka refuses a login. Times are in milliseconds. */
export const LOGIN_POLICY = {
  ...REFUSAL_POLICY,
  /** Pause before another attempt if the error does not name one. */
  retryPauseMs: 1_000,
  /**
   * A login that is refused this soon after the mechanism changed may have used the old mechanism.
   */
  mechanismSettlingMs: 10_000,
  /**
   * During `connect()`, a log line of librdkafka this soon after a new password may be about the
   * old one.
   */
  connectSettlingMs: 700,
  /** The same for a client that is connected. librdkafka then logs with more delay. */
  connectedSettlingMs: 3_000,
} as const;

/** Kafka's name for a refused login, as kafkajs and @platformatic/kafka report it. */
export const REFUSED_LOGIN = 'SASL_AUTHENTICATION_FAILED';

/** Returns the error for a login that was announced to the broker with an outdated mechanism. */
export function mechanismChanged(hint: string): QuixError {
  return new QuixError(
    'QUIX_CREDENTIALS_REFUSED',
    'The SASL mechanism changed while a connection was being opened.',
    { retryable: true, hint },
  );
}
