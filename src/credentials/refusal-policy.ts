/**
 * Limits for credentials that Kafka refuses. Used by the credential cache and by the Kafka
 * adapters.
 */
export const REFUSAL_POLICY = {
  /**
   * Wait between two exchanges while the Portal returns the refused credentials. Doubles up to the
   * maximum.
   */
  firstCooldownMs: 1_000,
  maxCooldownMs: 60_000,
  /** Credentials that worked for this long after a refusal have recovered from it. */
  forgottenAfterMs: 120_000,
  /** Consecutive refused logins after which the error of a Kafka client becomes final. */
  maxRefusals: 5,
} as const;
