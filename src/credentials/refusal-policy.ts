/** When and how often credentials that Kafka refuses are exchanged again. Times are in milliseconds. */
export const REFUSAL_POLICY = {
  /** Pause before the second exchange of credentials that stay refused. It doubles each time. */
  firstCooldownMs: 1_000,
  /** Upper limit of that pause. */
  maxCooldownMs: 60_000,
  /** A refusal is forgotten after this long without another one. */
  forgottenAfterMs: 120_000,
  /** Consecutive refused logins after which the error becomes final for a running client. */
  maxRefusals: 5,
} as const;
