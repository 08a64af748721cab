/** Injection token of the Quix client for production, and transport id of its Kafka server. */
export const PRODUCTION = Symbol('production');
/** Injection tokens of the Kafka clients. */
export const KAFKA = Symbol('kafka');
export const PRODUCTION_KAFKA = Symbol('kafka in production');
