import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { TLSSocket, type PeerCertificate } from 'node:tls';
import { QuixError } from 'quix-streams-auth';
import type { Environment } from 'quix-streams-auth';
import * as v from 'valibot';
import {
  createDispatcher,
  dispatch,
  getTopics,
  getWorkspaces,
  portalPath,
  proxyVariable,
  toTransportError,
  type HttpResponse,
  type PortalRequest,
} from '../../portal/index.ts';
import { errorCode } from '../../sanitize-error.ts';
import { Redactor, type Token } from '../../token/index.ts';
import { workspacesWithName } from '../../workspace/index.ts';
import { firstText } from './headers.ts';
import { plannedRequests, type KnownIds, type PlannedRequest } from './requests.ts';
import type { RequestName } from './requests.ts';
import { readField } from './shape.ts';

/** The command never sends more requests. */
const MAX_REQUESTS = 20;

export interface VerifyOptions {
  readonly portal: URL;
  readonly token: Token;
  readonly secondToken?: Token | undefined;
  /** Id or name of the environment in the settings. */
  readonly workspace: string | undefined;
  readonly ca: string | readonly string[] | undefined;
  readonly env: Environment;
  /** Limit for each request. */
  readonly timeoutMs: number;
}

/** An answer of the Portal. Contains the values of the server, so it must not be shown. */
export interface Answer {
  readonly status: number;
  readonly headers: HttpResponse['headers'];
  /** Parsed JSON. `undefined` if the body is not JSON. */
  readonly json: unknown;
  readonly format: 'JSON' | 'HTML' | 'text' | 'empty' | 'unreadable';
}

/** An answer, or the reason why there is none. `skipped` means that nothing was sent. */
export type RequestResult =
  { readonly answer: Answer } | { readonly failure: string } | { readonly skipped: string };

/** TLS of the connection to the Portal. */
export interface Connection {
  readonly tls?: {
    readonly version: string;
    readonly alpn: string | undefined;
    readonly issuer: string;
  };
}

export interface Observations {
  readonly results: ReadonlyMap<RequestName, RequestResult>;
  readonly requests: number;
  readonly connection: Connection | undefined;
}

function toAnswer({ status, headers, text }: HttpResponse): Answer {
  const common = { status, headers, json: undefined };
  if (text === undefined) return { ...common, format: 'unreadable' };
  const trimmed = text.trim();
  if (trimmed === '') return { ...common, format: 'empty' };
  try {
    return { ...common, json: JSON.parse(trimmed) as unknown, format: 'JSON' };
  } catch {
    return { ...common, format: trimmed.startsWith('<') ? 'HTML' : 'text' };
  }
}

/** Returns the entries of a list that the library would use. */
export function usableEntries<T>(
  { schema }: PortalRequest<T[]>,
  result: RequestResult | undefined,
): T[] {
  const json = result && 'answer' in result ? result.answer.json : undefined;
  if (!Array.isArray(json)) return [];
  const listSchema = schema(new Redactor([]));
  return json.flatMap((entry: unknown) => {
    const parsed = v.safeParse(listSchema, [entry]);
    return parsed.success ? parsed.output : [];
  });
}

/**
 * Chooses the environment as the library does: by id, by name, or the only one. Returns the
 * reference of the settings if the answer is not a list that can be used.
 *
 * @throws QuixError `QUIX_WORKSPACE_AMBIGUOUS` or `QUIX_WORKSPACE_NOT_FOUND`
 */
function chooseWorkspace(reference: string | undefined, result: RequestResult): string | undefined {
  const workspaces = usableEntries(getWorkspaces(), result);
  const byId = workspaces.filter(({ workspaceId }) => workspaceId === reference);
  const byName = reference === undefined ? workspaces : workspacesWithName(workspaces, reference);
  const found = byId.length > 0 ? byId : byName;
  if (found.length > 1) {
    const summary = `The token has access to ${found.length} environments that match the settings.`;
    throw new QuixError('QUIX_WORKSPACE_AMBIGUOUS', summary);
  }
  if (found.length === 0 && workspaces.length > 0) {
    const summary = `The token has no access to the environment ${reference ?? ''}.`;
    const hint = 'Check --workspace and Quix__Workspace__Id.';
    throw new QuixError('QUIX_WORKSPACE_NOT_FOUND', summary, { hint });
  }
  return found[0]?.workspaceId ?? reference;
}

/** Returns the issuer's organization. Must not be shown, because the server chooses this text. */
const issuerOf = ({ issuer }: Partial<PeerCertificate>): string =>
  `${firstText(issuer?.O)} ${firstText(issuer?.CN)}`.trim();

/** Calls `onConnection` for each connection of undici to the host. Returns a function that stops it. */
function observeConnections(
  { host }: URL,
  onConnection: (connection: Connection) => void,
): () => void {
  const listener = (message: unknown): void => {
    if (readField(message, 'connectParams', 'host') !== host) return;
    const socket = readField(message, 'socket');
    if (!(socket instanceof TLSSocket)) {
      onConnection({});
      return;
    }
    const version = socket.getProtocol() ?? 'unknown';
    const alpn = socket.alpnProtocol === false ? undefined : (socket.alpnProtocol ?? undefined);
    onConnection({ tls: { version, alpn, issuer: issuerOf(socket.getPeerCertificate()) } });
  };
  subscribe('undici:client:connected', listener);
  return () => unsubscribe('undici:client:connected', listener);
}

/**
 * Sends all requests, one at a time. A failed request is not repeated.
 *
 * @throws QuixError if the Portal cannot be reached, or rejects the token of the settings
 */
export async function runRequests(options: VerifyOptions): Promise<Observations> {
  const { portal, token, secondToken, workspace, timeoutMs, env } = options;
  const unknownId = `quix-auth-verify-${randomBytes(4).toString('hex')}`;
  const texts = {
    first: token.reveal(),
    second: secondToken?.reveal(),
    unknown: `sdk-${randomBytes(16).toString('hex')}`,
    none: undefined,
  };
  let known: KnownIds = { hasSecondToken: secondToken !== undefined, unknownId };
  const results = new Map<RequestName, RequestResult>();
  let requests = 0;
  let connection: Connection | undefined;
  const dispatcher = await createDispatcher({ ...options, connectTimeoutMs: timeoutMs });
  const stopObserving = observeConnections(portal, (found) => (connection ??= found));

  const send = async (planned: PlannedRequest): Promise<RequestResult> => {
    const { token: tokenName = 'first', withoutVersion } = planned;
    const target = planned.target(known);
    if (typeof target === 'string') return { skipped: target };
    if (requests >= MAX_REQUESTS)
      throw new Error(`More than ${MAX_REQUESTS} requests are planned.`);
    requests++;
    const text = texts[tokenName];
    const headers = {
      ...(text !== undefined && { authorization: `Bearer ${text}` }),
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'quix-auth',
      ...(!withoutVersion && { 'x-version': '2.0' }),
    };
    const path = portalPath(portal, target.path, target.query);
    const limits = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
    const request = { origin: portal.origin, path, method: 'GET' as const, headers, ...limits };
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      return { answer: toAnswer(await dispatch(dispatcher, request, signal)) };
    } catch (error) {
      const failure = signal.aborted
        ? timeoutError(portal, timeoutMs)
        : toTransportError(error, portal.host, proxyVariable(portal, env));
      // Later requests would fail in the same way.
      if (requests === 1) throw failure;
      const reason = signal.aborted ? 'timeout' : (errorCode(failure.cause) ?? 'error');
      return { failure: `no answer (${reason})` };
    }
  };
  try {
    for (const [name, planned] of plannedRequests()) {
      const result = await send(planned);
      results.set(name, result);
      if (name === 'workspaces') {
        if ('answer' in result && result.answer.status === 401) throw rejectedToken(portal);
        known = { ...known, workspaceId: chooseWorkspace(workspace, result) };
      }
      if (name === 'topics') {
        const topics = usableEntries(getTopics(known.workspaceId ?? ''), result);
        // A name such as ".." cannot be part of a path.
        known = { ...known, topic: topics.find((topic) => /^\w/.test(topic.name))?.name };
      }
    }
  } finally {
    stopObserving();
    await dispatcher.destroy();
  }
  return { results, requests, connection };
}

function timeoutError({ host }: URL, timeoutMs: number): QuixError {
  const summary = `The Portal at ${host} did not answer within ${timeoutMs} ms.`;
  return new QuixError('QUIX_PORTAL_UNAVAILABLE', summary, { retryable: true });
}

function rejectedToken({ host }: URL): QuixError {
  const summary = `The Portal at ${host} rejected the token (401), so nothing could be checked.`;
  return new QuixError('QUIX_TOKEN_REJECTED', summary, { status: 401 });
}
