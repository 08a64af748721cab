/** Limits for credentials that Kafka refuses. Times are in milliseconds. */
export const REFUSAL_POLICY = {
  /**
   * Wait between two exchanges while the Portal returns the refused credentials. Doubles each time.
   */
  firstCooldownMs: 1_000,
  /** Upper limit of this wait. */
  maxCooldownMs: 60_000,
  /** A refusal is forgotten if the credentials worked for this long after it. */
  forgottenAfterMs: 120_000,
  /**
   * Consecutive refusals after which the error of a Kafka client that had logged in becomes final.
   */
  maxRefusals: 5,
} as const;
