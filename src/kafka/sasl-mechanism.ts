import { QuixError } from '../errors.ts';

/** Mechanisms that `saslLogin` speaks, under their IANA names. */
export const SUPPORTED_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

/** One of {@link SUPPORTED_MECHANISMS}. */
export type SupportedMechanism = (typeof SUPPORTED_MECHANISMS)[number];

export function isSupportedMechanism(mechanism: string): mechanism is SupportedMechanism {
  return (SUPPORTED_MECHANISMS as readonly string[]).includes(mechanism);
}

/** The broker was told of another mechanism than the one that the credentials are for by now. */
export function mechanismChanged(hint: string): QuixError {
  return new QuixError(
    'QUIX_CREDENTIALS_REFUSED',
    'The SASL mechanism changed while a connection was being made.',
    { retryable: true, hint },
  );
}
