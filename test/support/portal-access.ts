import { onTestFinished } from 'vitest';
import { QuixError, type QuixWarning } from 'quix-streams-auth';
import {
  getWorkspaces,
  PortalSession,
  type PortalObserver,
  type PortalRequest,
} from '../../src/portal/index.ts';
import type { PortalCallOptions, PortalSessionOptions } from '../../src/portal/portal-session.ts';
import { Transport, type TransportOptions } from '../../src/portal/transport.ts';
import { Token, TokenChain, TokenSelector } from '../../src/token/index.ts';
import type { TokenChainOptions } from '../../src/token/token-chain.ts';
import { expectNoLeak, randomSecret } from './leaks.ts';
import { startServer, type Script } from './scripted-server.ts';

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

/** Sends one request without retries and returns its error. */
export function failureOfOne(
  origin: string,
  options: Partial<TransportOptions> = {},
): Promise<QuixError> {
  return failureOf(() =>
    makeTransport(origin, options).send({
      path: ['workspaces'],
      token: new Token(randomSecret(), 'argument'),
      signal: new AbortController().signal,
      timeoutMs: 5_000,
    }),
  );
}

/** An observer that records what it receives. */
export interface RecordingObserver extends PortalObserver {
  readonly messages: string[];
  readonly warnings: QuixWarning[];
  /** Text of each rejected token. */
  readonly rejected: string[];
  /** Texts of the previous and the current token. */
  readonly changes: [previous: string, current: string][];
}

export function recordingObserver(): RecordingObserver {
  const messages: string[] = [];
  const warnings: QuixWarning[] = [];
  const rejected: string[] = [];
  const changes: [string, string][] = [];
  return {
    messages,
    warnings,
    rejected,
    changes,
    debug: (message) => void messages.push(message),
    warn: (warning) => void warnings.push(warning),
    callOpened: () => undefined,
    tokenRejected: (token) => void rejected.push(token.reveal()),
    tokenChanged: (previous, current) => void changes.push([previous.reveal(), current.reveal()]),
  };
}

/** Options of {@link makeSession}: those of the session, and the token sources of its selector. */
export interface SessionOptions extends Partial<Omit<PortalSessionOptions, 'tokens'>> {
  readonly sources?: TokenChainOptions;
}

/** Creates a session with a random token. The test closes it when it finishes. */
export function makeSession(origin: string, options: SessionOptions = {}): PortalSession {
  const { sources = { token: randomSecret() }, ...others } = options;
  const session = new PortalSession({
    ...complete(origin, {}),
    timeoutMs: 10_000,
    tokens: new TokenSelector(new TokenChain({ ...sources, readEnv: () => ({}) }), () => undefined),
    observer: recordingObserver(),
    ...others,
  });
  onTestFinished(() => session.close(new QuixError('QUIX_CLIENT_CLOSED', 'The test is finished.')));
  return session;
}

/** Makes one call with one request and accepts its token. */
export async function sendOne<T>(
  session: PortalSession,
  request: PortalRequest<T>,
  options?: PortalCallOptions,
): Promise<T> {
  using call = session.openCall(options);
  const value = await call.send(request);
  call.acceptToken();
  return value;
}

/**
 * Requests the list of workspaces from a server with these scripts. Returns the list or the error, and what the server
 * received. The error must not contain the token.
 */
export async function requestWorkspaces(
  scripts: Script | Script[],
  { noRetry = false, ...options }: SessionOptions & { readonly noRetry?: boolean } = {},
) {
  const server = await startServer(scripts);
  const token = randomSecret();
  const session = makeSession(server.origin, { sources: { token }, ...options });
  const start = performance.now();
  let error: QuixError | undefined;
  let value: unknown;
  try {
    value = await sendOne(session, { ...getWorkspaces(), noRetry });
  } catch (thrown) {
    if (!(thrown instanceof QuixError)) throw thrown;
    expectNoLeak(thrown, [token]);
    error = thrown;
  }
  const { heads, connections, host } = server;
  const durationMs = performance.now() - start;
  return { value, error, requests: heads.length, connections, host, durationMs };
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
