import { randomBytes, X509Certificate } from 'node:crypto';
import {
  QuixError,
  QuixStreamingClient,
  type BrokerCredentials,
  type QuixClientOptions,
  type QuixWarning,
} from 'quix-streams-auth';
import { splitBroker } from '../../kafka/shared/index.ts';
import {
  DEFAULT_PORTAL_API,
  parsePortalUrl,
  PORTAL_VARIABLE,
  proxyVariable,
  secureContextWithCa,
} from '../../portal/index.ts';
import { PRIVATE_CA_HINT } from '../errors.ts';
import { sourceName } from '../token-lookup.ts';
import type { Checkup, Finding, StepName } from './checkup.ts';
import { checkEndpoint, day, type Endpoint, type Target } from './network.ts';

function findUrl({ portalApi, env = {} }: QuixClientOptions): Finding & { url: URL } {
  const variable = env[PORTAL_VARIABLE]?.trim();
  const [text, source] = portalApi?.trim()
    ? [portalApi, '--portal']
    : variable
      ? [variable, PORTAL_VARIABLE]
      : [DEFAULT_PORTAL_API, 'the default'];
  const url = parsePortalUrl(text, source);
  return { detail: `${url.origin}${url.pathname === '/' ? '' : url.pathname} (${source})`, url };
}

/** Returns the error of a request with an invented token. A 401 shows that the Portal responds. */
async function requestError(options: QuixClientOptions): Promise<unknown> {
  const { env, ca, portalApi, userAgent, timeoutMs } = options;
  const token = `none-${randomBytes(12).toString('hex')}`;
  await using quix = new QuixStreamingClient({ env, ca, portalApi, userAgent, token, timeoutMs });
  return await quix.getWorkspace().catch((error: unknown) => error);
}

const endpointOf = ({ hostname, port, protocol }: URL): Endpoint =>
  splitBroker(`${hostname}:${port || (protocol === 'http:' ? 80 : 443)}`);

/** Endpoint to connect to. The detail names the proxy. */
interface Route extends Target, Finding {
  readonly usesProxy: boolean;
}

/** Decides whether requests to the Portal use a proxy. */
async function findRoute(url: URL, options: QuixClientOptions): Promise<Route> {
  const { env = {}, ca } = options;
  const variable = proxyVariable(url, env);
  if (variable !== undefined) {
    const text = env[variable]?.trim() ?? '';
    const proxy = text.includes('://') ? text : `http://${text}`;
    // The client reports a proxy URL that is not valid.
    if (!URL.canParse(proxy)) throw await requestError(options);
    const endpoint = endpointOf(new URL(proxy));
    const detail = `${endpoint.host}:${endpoint.port} (${variable})`;
    return { detail, endpoint, tls: 'the HTTP step checks TLS through the proxy', usesProxy: true };
  }
  const isExempt = proxyVariable(url, { ...env, no_proxy: '', NO_PROXY: '' }) !== undefined;
  const detail = isExempt ? `NO_PROXY exempts ${url.hostname}` : 'none';
  const trusted = ca === undefined ? {} : { secureContext: secureContextWithCa(ca) };
  const tls =
    url.protocol === 'http:'
      ? 'the Portal URL is http on loopback'
      : { options: trusted, remedy: PRIVATE_CA_HINT };
  return { detail, endpoint: endpointOf(url), tls, usesProxy: false };
}

/** Checks whether the Portal can be reached. The result is the step that an exchange depends on. */
export function checkPortal(checkup: Checkup, settings: QuixClientOptions): Promise<unknown> {
  const options = { ...settings, timeoutMs: checkup.timeoutMs };
  const nameStep = (title: string): StepName => ['Portal', `portal-${title.toLowerCase()}`, title];
  const address = checkup.run(['Portal', 'portal-url', 'Portal URL'], () => findUrl(options));
  const route = checkup.run(nameStep('Proxy'), async () => findRoute((await address).url, options));
  const connection = checkEndpoint(checkup, nameStep, route);
  let status: number | undefined;
  const http = checkup.run(nameStep('HTTP'), async () => {
    const { host } = (await address).url;
    // With a proxy, the error of the request says more than those of the connection steps.
    if (!(await route).usesProxy) await Promise.all(connection);
    const error = await requestError(options);
    if (!(error instanceof QuixError)) throw error;
    ({ status } = error);
    if (error.code !== 'QUIX_TOKEN_REJECTED' && error.code !== 'QUIX_FORBIDDEN') throw error;
    return { detail: `${host} responds, and requires a token (${status ?? 0})` };
  });
  const reachable = http.catch((error: unknown) => {
    // The exchange is tried even if the response was an error.
    if (status === undefined) throw error;
  });
  reachable.catch(() => undefined); // prevents an unhandled rejection
  return reachable;
}

/** Returns whether the Portal must have accepted the token before it sent this error. */
function provesToken(error: unknown): boolean {
  if (!(error instanceof QuixError)) return false;
  const { code, status = 0 } = error;
  if (code === 'QUIX_BAD_RESPONSE') return status < 300;
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

/** Valid settings. There is no client if the token is missing or invalid. */
export interface Settings extends Finding {
  readonly quix?: QuixStreamingClient;
}

export interface Connected extends Finding {
  readonly quix: QuixStreamingClient;
  readonly credentials: BrokerCredentials;
}

/** Checks the token and the environment with getWorkspace(), and then the broker settings. */
export function checkExchange(
  checkup: Checkup,
  needs: readonly [Promise<Settings>, ...Promise<unknown>[]],
): Promise<Connected> {
  const accepted = checkup.run(['Portal', 'token-accepted', 'Token accepted'], async () => {
    const [{ quix }] = await Promise.all(needs);
    if (!quix) throw new Error('The client could not be created.');
    const warnings: QuixWarning[] = [];
    quix.on('warning', (warning) => warnings.push(warning));
    const workspace = quix.getWorkspace();
    await workspace.catch((error: unknown) => {
      if (!provesToken(error)) throw error;
    });
    const source = sourceName(quix.describe().token?.source ?? 'no source');
    return { detail: `the Portal accepted the token in ${source}`, quix, workspace, warnings };
  });
  let isUnreadable = false;
  const described = checkup.run(['Portal', 'workspace', 'Environment'], async () => {
    const { workspace, warnings } = await accepted;
    try {
      const { id, name, status, brokerType } = await workspace;
      return { detail: `${id} ("${name}"), ${status}, ${brokerType}`, warnings };
    } catch (error) {
      isUnreadable = error instanceof QuixError && error.code === 'QUIX_BAD_RESPONSE';
      throw error;
    }
  });
  return checkup.run(['Portal', 'broker-settings', 'Broker settings'], async () => {
    const { quix, warnings } = await accepted;
    // The broker settings do not depend on the description of the environment.
    if (!isUnreadable) await described;
    const credentials = await quix.getBrokerCredentials();
    return { detail: describeCredentials(credentials), quix, credentials, warnings };
  });
}
