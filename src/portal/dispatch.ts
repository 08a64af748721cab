import type { Dispatcher } from 'undici';
import { untilAborted } from '../abort.ts';

/** Limit for a response body, so that a response cannot use up the memory of the process. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** A response of any status. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body. `undefined` if it is longer than the limit. */
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
): Promise<HttpResponse> {
  let controller: Dispatcher.DispatchController | undefined;
  const abort = (): void => controller?.abort(signal.reason as Error);
  const response = new Promise<HttpResponse>((resolve, reject) => {
    let status = 0;
    let headers: HttpResponse['headers'] = {};
    let length = 0;
    const chunks: Buffer[] = [];
    dispatcher.dispatch(options, {
      onRequestStart(started) {
        controller = started;
        if (signal.aborted) abort();
      },
      // Called for each informational response (1xx), and then for the final one.
      onResponseStart(_, statusCode, received) {
        status = statusCode;
        headers = received;
      },
      onResponseData(current, chunk) {
        length += chunk.length;
        if (length <= MAX_BODY_BYTES) chunks.push(chunk);
        else {
          resolve({ status, headers, text: undefined });
          current.abort(new Error('The response is too long.'));
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
  signal.addEventListener('abort', abort);
  return untilAborted(response, signal).finally(() => {
    signal.removeEventListener('abort', abort);
  });
}
