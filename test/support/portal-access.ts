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

/** Creates a transport, which makes one attempt per request. The test closes it when it finishes. */
export function makeTransport(origin: string, options: Partial<TransportOptions> = {}): Transport {
  const transport = new Transport(complete(origin, options));
  onTestFinished(() => transport.close());
  return transport;
}

/** Creates the Portal endpoints, including retries. The test closes them when it finishes. */
export function makePortal(origin: string, options: Partial<TransportOptions> = {}): Portal {
  const portal = new Portal(complete(origin, options));
  onTestFinished(() => portal.close());
  return portal;
}

/** Sends one request without retries and returns its error. */
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

/** Creates a token and a deadline, which the test clears when it finishes. */
export function makeInquiry(timeoutMs = 10_000, token = randomSecret()): Inquiry {
  const deadline = new Deadline(timeoutMs, () => deadlineError('portal.example', timeoutMs));
  onTestFinished(() => {
    deadline.clear();
  });
  return { token: new Token(token, 'argument'), deadline };
}

/** Returns the QuixError that an action throws or rejects with. */
export async function failureOf(action: () => unknown): Promise<QuixError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof QuixError) return error;
    throw error;
  }
  throw new Error('The action succeeded. It should have failed with a QuixError.');
}
