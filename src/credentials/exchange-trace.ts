import { tracingChannel } from 'node:diagnostics_channel';
import type { QuixError } from '../errors.ts';
import type { ExchangeResult } from './exchange.ts';

/**
 * What the events of `tracingChannel('quix-streams-auth:exchange')` of `node:diagnostics_channel` carry:
 * one object for each exchange, the same in `start`, `end`, `asyncStart`, `asyncEnd` and `error`. Holds
 * no secret.
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel';
 * import type { QuixExchangeTrace } from 'quix-streams-auth';
 *
 * subscribe('tracing:quix-streams-auth:exchange:asyncEnd', (message) => {
 *   const { portal, workspaceId, tokenSource, error } = message as QuixExchangeTrace;
 *   console.log(portal, workspaceId, tokenSource, error?.code ?? 'ok');
 * });
 * ```
 */
export interface QuixExchangeTrace {
  /** Origin of the Portal API. */
  readonly portal: string;
  /** Id of the environment; there in `asyncStart` and `asyncEnd` of an exchange that succeeded. */
  workspaceId?: string;
  /** Name of the source of the token that the Portal accepted, there as `workspaceId` is. */
  tokenSource?: string;
  /** What it failed with; there in `error`, `asyncStart` and `asyncEnd` of one that failed. */
  error?: QuixError;
}

const channel = tracingChannel<string, QuixExchangeTrace>('quix-streams-auth:exchange');

/** Runs an exchange and tells who listens when it begins and ends, and what came of it. */
export async function traceExchange(
  portal: string,
  run: () => Promise<ExchangeResult>,
): Promise<ExchangeResult> {
  const trace: QuixExchangeTrace = { portal };
  const results: ExchangeResult[] = [];
  // The channel shows what the function resolves to, so that has to be nothing: it holds the password.
  await channel.tracePromise(async () => {
    const result = await run();
    trace.workspaceId = result.settings.workspaceId;
    trace.tokenSource = result.token.source;
    results.push(result);
  }, trace);
  const [result] = results as [ExchangeResult];
  return result;
}
