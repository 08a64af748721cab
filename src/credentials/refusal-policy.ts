/** Limits for credentials that Kafka refuses. Times are in milliseconds. */
export const REFUSAL_POLICY = {
  /** First cooldown before another exchange. Doubles with each refusal of the same credentials. */
  firstCooldownMs: 1_000,
  /** Longest cooldown. */
  maxCooldownMs: 60_000,
  /** Refusals that are further apart than this are independent of each other. */
  forgottenAfterMs: 120_000,
  /** Consecutive refusals after which the error is final for a Kafka client that had logged in. */
  maxRefusals: 5,
} as const;
