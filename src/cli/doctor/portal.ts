import { randomBytes, X509Certificate } from 'node:crypto';
import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import type { BrokerCredentials, QuixClientOptions, QuixWarning } from 'quix-streams-auth';
import { proxyVariable, secureContextWithCa } from '../../portal/index.ts';
import { errorCode } from '../../sanitize-error.ts';
import { findPortalUrl, formatPortalUrl } from '../options.ts';
import { tlsRemedy, untrustedPortalRemedy } from '../tls-remedy.ts';
import { sourceName } from '../token-lookup.ts';
import { checkEndpoint, day, type Endpoint, type Target } from './network.ts';
import { StepError, waitForStep } from './step-runner.ts';
import type { Finding, StepName, StepRunner } from './step-runner.ts';

function checkUrl(options: QuixClientOptions): Finding & { url: URL } {
  const { url, source } = findPortalUrl(options);
  return { detail: `${formatPortalUrl(url)} (${source})`, url };
}

/** Settings of the requests to the Portal. */
interface PortalOptions extends QuixClientOptions {
  /** Path of the file with `ca`. */
  readonly caFile: string | undefined;
}

const NOT_REJECTED = 'this token, but did not answer with status 401 to an invented token';
const NOT_THE_PORTAL =
  'A proxy, a firewall or a sign-in page may answer in place of the Portal. Check the Portal URL and the proxy variables.';

/**
 * Sends a request with an invented token. Throws unless the server answers with 401, as the Portal
 * does. If it answers differently, its answer to the real token does not prove that the Portal
 * accepted the token.
 */
async function tryRequest(options: PortalOptions): Promise<void> {
  const { env, ca, portalApi, userAgent, timeoutMs } = options;
  const token = `none-${randomBytes(12).toString('hex')}`;
  await using quix = new QuixStreamingClient({ env, ca, portalApi, userAgent, token, timeoutMs });
  try {
    await quix.getWorkspace();
  } catch (error) {
    if (!(error instanceof QuixError)) throw error;
    const { code, cause, summary } = error;
    if (code === 'QUIX_TOKEN_REJECTED') return;
    if (code === 'QUIX_FORBIDDEN')
      throw forbidden('an invented token. The Portal would answer with 401');
    if (code !== 'QUIX_PORTAL_TLS') throw error;
    const untrusted = untrustedPortalRemedy(options.caFile);
    throw new StepError(summary, tlsRemedy(errorCode(cause) ?? '', untrusted), code);
  }
  throw new StepError('The server accepts any token.', 'Check the URL of the Portal.');
}

/** Returns the error for a 403 that does not prove that the token is valid. */
function forbidden(circumstances: string): QuixError {
  const summary = `The server answered with status 403 to ${circumstances}.`;
  return new QuixError('QUIX_FORBIDDEN', summary, { status: 403, hint: NOT_THE_PORTAL });
}

function endpointOf({ hostname, port, protocol }: URL): Endpoint {
  const host = hostname.replace(/^\[|\]$/g, ''); // brackets of an IPv6 address
  return { host, port: Number(port) || (protocol === 'http:' ? 80 : 443) };
}

/** Endpoint to connect to. The detail names the proxy. */
interface Route extends Target, Finding {
  readonly usesProxy: boolean;
}

/** Decides whether requests to the Portal use a proxy. */
async function findRoute(url: URL, options: PortalOptions): Promise<Route> {
  const { env = {}, ca, caFile } = options;
  const variable = proxyVariable(url, env);
  if (variable !== undefined) {
    const text = env[variable]?.trim() ?? '';
    const proxy = text.includes('://') ? text : `http://${text}`;
    // The client sends nothing through a proxy that it does not support. The error of the client
    // names the variable.
    if (!URL.canParse(proxy) || !/^https?:/.test(proxy)) await tryRequest(options);
    const endpoint = endpointOf(new URL(proxy));
    const detail = `${endpoint.host}:${endpoint.port} (${variable})`;
    return { detail, endpoint, tls: 'the HTTP step checks TLS through the proxy', usesProxy: true };
  }
  const withoutNoProxy = { ...env, no_proxy: '', NO_PROXY: '' };
  const isExempt = proxyVariable(url, withoutNoProxy) !== undefined;
  const detail = isExempt ? `NO_PROXY exempts ${url.hostname}` : 'none';
  const trusted = ca === undefined ? {} : { secureContext: secureContextWithCa(ca) };
  const tls =
    url.protocol === 'http:'
      ? 'the Portal URL is http on loopback'
      : { options: trusted, untrustedRemedy: untrustedPortalRemedy(caFile) };
  return { detail, endpoint: endpointOf(url), tls, usesProxy: false };
}

/** Checks whether the Portal can be reached. Returns the last step. */
export function checkPortal(
  runner: StepRunner,
  settings: QuixClientOptions,
  caFile: string | undefined,
): Promise<unknown> {
  const options = { ...settings, timeoutMs: runner.timeoutMs, caFile };
  const nameStep = (title: string): StepName => ['Portal', `portal-${title.toLowerCase()}`, title];
  const address = runner.run(['Portal', 'portal-url', 'Portal URL'], () => checkUrl(options));
  const route = runner.run(nameStep('Proxy'), async () => findRoute((await address).url, options));
  const connection = checkEndpoint(runner, nameStep, route);
  return runner.run(nameStep('HTTP'), async () => {
    const { host } = (await address).url;
    // With a proxy, the error of the request is more precise than those of the connection steps.
    if (!(await route).usesProxy) await Promise.all(connection);
    await tryRequest(options);
    return { detail: `${host} responds, and requires a token (401)` };
  });
}

/** Returns whether the Portal must have accepted the token before it sent this error. */
function provesToken(error: unknown): boolean {
  if (!(error instanceof QuixError)) return false;
  const { code, status = 0, hint = '' } = error;
  if (code === 'QUIX_BAD_RESPONSE') return status < 300 && !hint.includes('sign-in page');
  return code === 'QUIX_FORBIDDEN' || code.startsWith('QUIX_WORKSPACE_');
}

function describeCredentials(credentials: BrokerCredentials): string {
  const { brokers, securityProtocol, sasl, ca } = credentials;
  const authority = ca
    ? `a private certificate authority until ${day(new Date(new X509Certificate(ca).validTo))}`
    : 'the default certificate authorities';
  const login = sasl && `${sasl.mechanism} as ${sasl.username}`;
  const parts = [securityProtocol, login, securityProtocol.endsWith('SSL') && authority];
  return `${parts.filter(Boolean).join(', ')}; ${brokers.join(', ')}`;
}

export interface ExchangeFinding extends Finding {
  readonly quix: QuixStreamingClient;
  readonly credentials: BrokerCredentials;
}

/** Checks the token and the environment with getWorkspace(), and then the broker settings. */
export function checkExchange(
  runner: StepRunner,
  quix: QuixStreamingClient | undefined,
  clientSteps: readonly Promise<unknown>[],
  portal: Promise<unknown>,
): Promise<ExchangeFinding> {
  const warnings: QuixWarning[] = [];
  quix?.on('warning', (warning) => warnings.push(warning));
  const accepted = runner.run(['Portal', 'token-accepted', 'Authentication'], async () => {
    await Promise.all(clientSteps);
    // The Portal may respond to this token even if it responds to an invented one with an error.
    await waitForStep(portal, ({ status }) => status !== undefined);
    const rejectsInventedToken = await portal.then(
      () => true,
      () => false,
    );
    if (!quix) throw new Error('There is no client.'); // never, because a client step has failed
    const workspace = quix.getWorkspace();
    // The next step reports an error that proves the token.
    await workspace.catch((error: unknown) => {
      if (rejectsInventedToken && provesToken(error)) return;
      const isForbidden = error instanceof QuixError && error.code === 'QUIX_FORBIDDEN';
      throw isForbidden ? forbidden(NOT_REJECTED) : error;
    });
    const source = sourceName(quix.describe().token?.source ?? 'no source');
    return { detail: `the Portal accepted the token in ${source}`, quix, workspace, warnings };
  });
  const described = runner.run(['Portal', 'workspace', 'Environment'], async () => {
    const { id, name, status, brokerType } = await (await accepted).workspace;
    return { detail: `${id} ("${name}"), ${status}, ${brokerType}`, warnings };
  });
  return runner.run(['Portal', 'broker-settings', 'Broker settings'], async () => {
    const { quix: client } = await accepted;
    // The broker settings do not depend on the description of the environment.
    await waitForStep(described, ({ code }) => code === 'QUIX_BAD_RESPONSE');
    const credentials = await client.getBrokerCredentials();
    return { detail: describeCredentials(credentials), quix: client, credentials, warnings };
  });
}
