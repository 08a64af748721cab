import type { Dispatcher } from 'undici';
import { onAbort, untilAborted } from '../abort.ts';
import { decodeBody, MAX_BODY_BYTES, TOO_LONG, type DecodedBody } from './response-body.ts';

/** A response of any status. */
export interface HttpResponse extends DecodedBody {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
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
          resolve({ status, headers, ...TOO_LONG });
          current.abort(new Error('The response is too long.'));
        }
      },
      onResponseEnd() {
        const body = decodeBody(Buffer.concat(chunks), headers['content-encoding']);
        resolve({ status, headers, ...body });
      },
      onResponseError(_, error) {
        reject(error);
      },
    });
  });
  const remove = onAbort(signal, abort);
  return untilAborted(response, signal).finally(remove);
}
