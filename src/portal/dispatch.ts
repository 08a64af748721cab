import type { Dispatcher } from 'undici';
import { untilAborted } from '../abort.ts';

/** Limit for a response body. The Portal does not send longer ones. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** A response. `text` is undefined if the body is longer than the limit. */
export interface DispatchedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string | undefined;
}

/**
 * Sends a request and reads the whole response. An abort rejects with the reason of the signal.
 * This does not use `request()` of undici, because loading it takes a few milliseconds, and because
 * it ignores the signal until it has a connection.
 */
export async function dispatch(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  signal: AbortSignal,
): Promise<DispatchedResponse> {
  let controller: Dispatcher.DispatchController | undefined;
  const abort = (): void => controller?.abort(signal.reason as Error);
  const response = new Promise<DispatchedResponse>((resolve, reject) => {
    let [status, headers, length]: [number, DispatchedResponse['headers'], number] = [0, {}, 0];
    const chunks: Buffer[] = [];
    dispatcher.dispatch(options, {
      onRequestStart(started) {
        controller = started;
        if (signal.aborted) abort();
      },
      // Called for each informational response (1xx), and then for the final one.
      onResponseStart(_, statusCode, received) {
        [status, headers] = [statusCode, received];
      },
      onResponseData(_, chunk) {
        length += chunk.length;
        if (length <= MAX_BODY_BYTES) chunks.push(chunk);
        else {
          resolve({ status, headers, text: undefined });
          controller?.abort(new Error('The response is too long.'));
        }
      },
      onResponseEnd() {
        resolve({ status, headers, text: Buffer.concat(chunks).toString('utf8') });
      },
      onResponseError(_, error) {
        reject(error);
      },
    });
  });
  signal.addEventListener('abort', abort, { once: true });
  return untilAborted(response, signal).finally(() => {
    signal.removeEventListener('abort', abort);
  });
}
