import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { secureContextWithCa } from '../../portal/index.ts';
import { errorCode } from '../../sanitize-error.ts';

/** Limit for a response. The metrics of thousands of instances are smaller. */
const MAX_MEGABYTES = 8;

export interface FetchOptions {
  readonly timeoutMs: number;
  /** PEM of an additional certificate authority. */
  readonly ca?: string | undefined;
  /** Value of the header `Authorization`. */
  readonly authorization?: string | undefined;
}

interface JsonResponse {
  readonly status: number;
  readonly json: unknown;
}

/** The response cannot be used. The message continues a sentence that begins with the URL. */
export class FetchError extends Error {}

/**
 * Requests a URL once. Follows no redirect, because the request may contain a secret. Node's
 * `fetch()` has no option for a certificate authority, and verifies no certificate if
 * `NODE_TLS_REJECT_UNAUTHORIZED` is 0.
 *
 * @throws FetchError if the response is a redirect, a refused login, or not JSON
 */
export async function fetchJson(url: URL, options: FetchOptions): Promise<JsonResponse> {
  const { timeoutMs, authorization } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  let status: number;
  let text: string;
  try {
    const response = await send(url, options, signal);
    status = response.statusCode ?? 0;
    text = await readText(response);
  } catch (error) {
    if (error instanceof FetchError) throw error;
    const reason = signal.aborted
      ? `within ${timeoutMs / 1_000} s`
      : `(${errorCode(error) ?? 'error'})`;
    throw new FetchError(`does not answer ${reason}`);
  }
  if (status === 401 || status === 403) {
    const problem = authorization === undefined ? 'requires a login' : 'refuses the login';
    throw new FetchError(`${problem} (status ${status})`);
  }
  if (status >= 300 && status < 400) throw new FetchError(`redirects (status ${status})`);
  try {
    return { status, json: JSON.parse(text) as unknown };
  } catch {
    throw new FetchError(`does not return JSON (status ${status})`);
  }
}

function send(
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
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    // With `once`, an error after the response has begun would end the process.
    request.on('error', reject);
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_MEGABYTES * 1_024 * 1_024) {
      throw new FetchError(`returns more than ${MAX_MEGABYTES} MB`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
