import { randomBytes } from 'node:crypto';
import { QuixError, QuixStreamingClient, type QuixClientOptions } from 'quix-streams-auth';
import { splitBroker } from '../../kafka/shared/index.ts';
import {
  DEFAULT_PORTAL_API,
  parsePortalUrl,
  PORTAL_VARIABLE,
  proxyVariable,
  secureContextWithCa,
} from '../../portal/index.ts';
import { PRIVATE_CA_HINT } from '../errors.ts';
import type { Checkup, Finding, StepName } from './checkup.ts';
import { checkEndpoint, type Endpoint, type Target } from './network.ts';

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
    // With a proxy, the request is sent even if the connection steps failed, because its error is
    // more precise.
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
