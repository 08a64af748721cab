/** How a Kafka client logs in: with SASL, not at all, as the credentials say, or as its user says. */
export type LoginKind = 'sasl' | 'none' | 'either' | 'own';

/** For a client that is configured once and for all. */
export function loginKind(isOwn: boolean, usesSasl: boolean): LoginKind {
  if (isOwn) return 'own';
  return usesSasl ? 'sasl' : 'none';
}
