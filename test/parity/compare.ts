import { isDeepStrictEqual } from 'node:util';
import type { Outcome } from './official-client.ts';

/** The settings of a broker, or another object. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns a comparable form. librdkafka accepts both names of the mechanism, and protocols in any case. */
export function normalised(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([key, each]) => [
    key === 'sasl.mechanisms' ? 'sasl.mechanism' : key,
    key === 'security.protocol' ? String(each).toLowerCase() : each,
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

/** Returns whether two calls returned the same value, or both failed. */
export function isSame(one: Outcome, other: Outcome): boolean {
  if (one.error !== undefined || other.error !== undefined) {
    return one.error !== undefined && other.error !== undefined;
  }
  return isDeepStrictEqual(normalised(one.value), normalised(other.value));
}
