import { once } from 'node:events';
import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { secureContextWithCa } from '../../portal/index.ts';
import { errorCode } from '../../sanitize-error.ts';

/** Responses with `describe()` and the metrics of thousands of instances are smaller. */
const MAX_BYTES = 8 * 1_024 * 1_024;

export interface FetchOptions {
  readonly timeoutMs: number;
  /** PEM of an additional certificate authority. */
  readonly ca?: string | undefined;
  /** Value of the header `Authorization`. */
  readonly authorization?: string | undefined;
}

/** A server did not return JSON. The message is the end of a sentence that begins with the URL. */
export class FetchError extends Error {}

/**
 * Requests a URL once, and returns the JSON of the response, whatever its status is. Follows no
 * redirect, because the request may contain a secret. Node's `fetch()` has no option for a
 * certificate authority, and verifies no certificate if `NODE_TLS_REJECT_UNAUTHORIZED` is 0.
 *
 * @throws FetchError if there is no JSON
 */
export async function fetchJson(url: URL, options: FetchOptions): Promise<unknown> {
  const { timeoutMs, authorization } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  let text: string;
  let response: IncomingMessage;
  try {
    response = await send(url, options, signal);
    text = await readText(response);
  } catch (error) {
    if (error instanceof FetchError) throw error;
    const reason = signal.aborted
      ? `within ${timeoutMs / 1_000} s`
      : `(${errorCode(error) ?? 'error'})`;
    throw new FetchError(`does not answer ${reason}`);
  }
  try {
    return JSON.parse(text);
  } catch {
    const { statusCode = 0 } = response;
    const isDenied = statusCode === 401 || statusCode === 403;
    const problem = authorization === undefined ? 'requires a login' : 'refuses the login';
    throw new FetchError(
      isDenied
        ? `${problem} (status ${statusCode})`
        : `does not return JSON (status ${statusCode})`,
    );
  }
}

async function send(
  url: URL,
  { ca, authorization }: FetchOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const headers = {
    accept: 'application/json',
    'user-agent': 'quix-auth',
    ...(authorization !== undefined && { authorization }),
  };
  const options = { headers, signal, agent: false };
  const request =
    url.protocol === 'http:'
      ? getHttp(url, options)
      : getHttps(url, {
          ...options,
          rejectUnauthorized: true,
          ...(ca !== undefined && { secureContext: secureContextWithCa(ca) }),
        });
  // The request may fail again after the response has arrived. Then readText() fails as well.
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new FetchError(`returns more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
