import { randomBytes } from 'node:crypto';
import { QuixError } from 'quix-streams-auth';
import type { Environment } from 'quix-streams-auth';
import * as v from 'valibot';
import {
  getTopics,
  getWorkspaces,
  isPathSegment,
  Transport,
  type HttpResponse,
  type PortalRequest,
  type WorkspaceResponse,
} from '../../portal/index.ts';
import { errorCode } from '../../sanitize-error.ts';
import { Token, type Redactor } from '../../token/index.ts';
import { VERSION } from '../../version.ts';
import { workspacesWithName } from '../../workspace/index.ts';
import type { Skipped } from './finding.ts';
import { observeConnections, type Connection } from './observe-connection.ts';
import { REQUEST_NAMES, REQUESTS } from './requests.ts';
import type { PlannedRequest, RequestInputs, RequestName } from './requests.ts';

export interface VerifyOptions {
  readonly portal: URL;
  readonly token: Token;
  readonly secondToken?: Token | undefined;
  /** Removes both tokens. */
  readonly redactor: Redactor;
  /** Id or name of the environment in the settings, or ''. */
  readonly workspace: string;
  readonly ca: string | readonly string[] | undefined;
  readonly env: Environment;
  /** Limit for each request. */
  readonly timeoutMs: number;
}

/** A response of the Portal. Contains the values of the server, so it must not be shown. */
export interface ParsedResponse {
  readonly status: number;
  readonly headers: HttpResponse['headers'];
  /** Parsed JSON. `undefined` if the body is not JSON. */
  readonly json: unknown;
  readonly format: 'JSON' | 'HTML' | 'text' | 'empty' | 'undecodable';
}

/** Result of a request. `failure` is the reason why a request that was sent has no response. */
export type RequestResult =
  { readonly response: ParsedResponse } | { readonly failure: string } | Skipped;

export interface Observations {
  readonly results: Readonly<Record<RequestName, RequestResult>>;
  readonly inputs: RequestInputs;
  /** Number of requests that were sent. */
  readonly requests: number;
  readonly connection: Connection | undefined;
}

function parseResponse({ status, headers, text }: HttpResponse): ParsedResponse {
  const common = { status, headers, json: undefined };
  if (text === undefined) return { ...common, format: 'undecodable' };
  const trimmed = text.trim();
  if (trimmed === '') return { ...common, format: 'empty' };
  try {
    return { ...common, json: JSON.parse(trimmed) as unknown, format: 'JSON' };
  } catch {
    return { ...common, format: trimmed.startsWith('<') ? 'HTML' : 'text' };
  }
}

/** Returns the JSON of the response. `undefined` without a response, or without JSON. */
export const jsonOf = (result: RequestResult): unknown =>
  'response' in result ? result.response.json : undefined;

/** Returns the entries of an array that the client would use. */
export function usableEntries<T>(
  { schema }: PortalRequest<T[]>,
  result: RequestResult,
  redactor: Redactor,
): T[] {
  const json = jsonOf(result);
  if (!Array.isArray(json)) return [];
  const arraySchema = schema(redactor);
  return json.flatMap((entry: unknown) => {
    const parsed = v.safeParse(arraySchema, [entry]);
    return parsed.success ? parsed.output : [];
  });
}

/**
 * Chooses the environment as the client does: by id, by name, or the only one. Returns the
 * configured id or name unchanged if no usable entry has it.
 */
function chooseWorkspace(
  reference: string,
  workspaces: readonly WorkspaceResponse[],
): RequestInputs['workspace'] {
  if (workspaces.some(({ workspaceId }) => workspaceId === reference)) return { id: reference };
  const found = reference === '' ? workspaces : workspacesWithName(workspaces, reference);
  if (found.length > 1) {
    return { skipped: `${found.length} environments are possible, pass an id in --workspace` };
  }
  const id = found[0]?.workspaceId ?? reference;
  return id === '' ? { skipped: 'no environment was found, use --workspace' } : { id };
}

/**
 * Sends all requests, one at a time. A failed request is not repeated.
 *
 * @throws QuixError if the Portal cannot be reached, or rejects the token of the settings
 */
export async function runRequests(options: VerifyOptions): Promise<Observations> {
  const { portal, token, secondToken, redactor, workspace, timeoutMs } = options;
  const tokens = {
    first: token,
    second: secondToken,
    unknown: new Token(`sdk-${randomBytes(16).toString('hex')}`, 'verify'),
  };
  const host = `The Portal at ${portal.host}`;
  let inputs: RequestInputs = {
    workspace: { skipped: 'the environments are not known yet' },
    topic: { skipped: 'no topic is known' },
    unknownName: `quix-auth-verify-${randomBytes(4).toString('hex')}`,
  };
  const results: Partial<Record<RequestName, RequestResult>> = {};
  let connection: Connection | undefined;
  const userAgent = `quix-auth quix-streams-auth/${VERSION} node/${process.versions.node}`;
  const transport = new Transport({ ...options, connectTimeoutMs: timeoutMs, userAgent });
  const stopObserving = observeConnections(portal, (found) => (connection ??= found));

  const send = async (planned: PlannedRequest): Promise<RequestResult> => {
    const { token: tokenName = 'first', omittedHeader } = planned;
    const requestToken = tokens[tokenName];
    if (!requestToken) return { skipped: '--token-2-env-var was not passed' };
    const target = planned.target(inputs);
    if ('skipped' in target) return target;
    const { path, query } = target;
    const signal = AbortSignal.timeout(timeoutMs);
    const request = { path, query, token: requestToken, omittedHeader, signal, timeoutMs };
    try {
      return { response: parseResponse(await transport.send(request)) };
    } catch (error) {
      const timeout = `${host} did not answer within ${timeoutMs} ms.`;
      const failure = signal.aborted
        ? new QuixError('QUIX_PORTAL_UNAVAILABLE', timeout, { retryable: true })
        : error;
      // A wrong setting or an unexpected error is not a result of the Portal.
      if (!(failure instanceof QuixError) || failure.code === 'QUIX_CONFIG') throw failure;
      // If the first request fails, later requests would fail in the same way.
      if (transport.requests === 1) throw failure;
      const reason = signal.aborted ? 'timeout' : (errorCode(failure.cause) ?? 'error');
      return { failure: `no response (${reason})` };
    }
  };
  try {
    for (const name of REQUEST_NAMES) {
      const result = (results[name] = await send(REQUESTS[name]));
      if (name === 'workspaces') {
        if ('response' in result && result.response.status === 401) {
          const summary = `${host} rejected the token (401), so nothing could be checked.`;
          throw new QuixError('QUIX_TOKEN_REJECTED', summary, { status: 401 });
        }
        const workspaces = usableEntries(getWorkspaces(), result, redactor);
        inputs = { ...inputs, workspace: chooseWorkspace(workspace, workspaces) };
      }
      if (name === 'topics') {
        const topics = usableEntries(getTopics(''), result, redactor);
        const topic = topics.find(({ name: topicName }) => isPathSegment(topicName));
        inputs = { ...inputs, topic: topic ?? inputs.topic };
      }
    }
  } finally {
    stopObserving();
    await transport.close();
  }
  // The loop has set the result of each request.
  const complete = results as Observations['results'];
  return { results: complete, inputs, requests: transport.requests, connection };
}
