import { onTestFinished } from 'vitest';
import { QuixError } from 'quix-streams-auth';
import { Deadline, deadlineError, Portal, type Inquiry } from '../../src/portal/index.ts';
import { Transport, type TransportOptions } from '../../src/portal/transport.ts';
import { Token } from '../../src/token/index.ts';
import { randomSecret } from './leaks.ts';

function complete(origin: string, options: Partial<TransportOptions>): TransportOptions {
  return {
    portal: new URL(origin),
    userAgent: 'test/1.0',
    env: {},
    connectTimeoutMs: 2_000,
    ...options,
  };
}

/** Our HTTP alone, one attempt each; closed when the test is finished. */
export function makeTransport(origin: string, options: Partial<TransportOptions> = {}): Transport {
  const transport = new Transport(complete(origin, options));
  onTestFinished(() => transport.close());
  return transport;
}

/** Our endpoints, retries included; closed when the test is finished. */
export function makePortal(origin: string, options: Partial<TransportOptions> = {}): Portal {
  const portal = new Portal(complete(origin, options));
  onTestFinished(() => portal.close());
  return portal;
}

/** One request, tried once; what it fails with. */
export function failureOfOne(
  origin: string,
  options: Partial<TransportOptions> = {},
): Promise<QuixError> {
  return failureOf(() =>
    makeTransport(origin, options).send({
      method: 'GET',
      path: ['workspaces'],
      token: new Token(randomSecret(), 'argument'),
      signal: new AbortController().signal,
      timeoutMs: 5_000,
    }),
  );
}

/** A deadline as an exchange has it, with a token of its own; cleared when the test is finished. */
export function makeInquiry(timeoutMs = 10_000, token = randomSecret()): Inquiry {
  const deadline = new Deadline(timeoutMs, () => deadlineError('portal.example', timeoutMs));
  onTestFinished(() => {
    deadline.clear();
  });
  return { token: new Token(token, 'argument'), deadline };
}

/** The QuixError that an action rejects with or throws. */
export async function failureOf(action: () => unknown): Promise<QuixError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof QuixError) return error;
    throw error;
  }
  throw new Error('It succeeded, though it should have failed.');
}
