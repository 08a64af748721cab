import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { TLSSocket } from 'node:tls';
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
import { checkEndpoint, describeTls, type Endpoint, type Target } from './network.ts';

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

/** Error of a request with an invented token, and the connections that undici opened for it. */
interface Probe {
  readonly error: unknown;
  readonly connections: readonly { readonly hostname: string; readonly tls?: Finding }[];
}

/** Sends a request with an invented token. The Portal's refusal shows that it can be reached. */
async function probe(options: QuixClientOptions): Promise<Probe> {
  const connections: { hostname: string; tls?: Finding }[] = [];
  const addConnection = (message: unknown): void => {
    const { connectParams, socket } = message as {
      readonly connectParams: { readonly hostname: string };
      readonly socket?: unknown;
    };
    const tls = socket instanceof TLSSocket ? { tls: describeTls(socket) } : {};
    connections.push({ hostname: connectParams.hostname, ...tls });
  };
  const channels = ['undici:client:connected', 'undici:client:connectError'];
  for (const channel of channels) subscribe(channel, addConnection);
  const { env, ca, portalApi, userAgent, timeoutMs } = options;
  const token = `none-${randomBytes(12).toString('hex')}`;
  await using quix = new QuixStreamingClient({ env, ca, portalApi, userAgent, token, timeoutMs });
  try {
    await quix.getWorkspace();
    return { error: undefined, connections };
  } catch (error) {
    return { error, connections };
  } finally {
    for (const channel of channels) unsubscribe(channel, addConnection);
  }
}

const endpointOf = ({ hostname, port, protocol }: URL): Endpoint =>
  splitBroker(`${hostname}:${port || (protocol === 'http:' ? 80 : 443)}`);

/** Endpoint to connect to. The detail names the proxy. */
interface Route extends Target, Finding {
  /** Set if a request had to be sent to find the route. */
  readonly probed?: Probe;
}

/** Finds out whether the proxy variables apply. Only undici knows whether NO_PROXY applies. */
async function findRoute(url: URL, options: QuixClientOptions): Promise<Route> {
  const { env = {}, ca } = options;
  const variable = proxyVariable(url, env);
  let detail = 'none';
  if (variable !== undefined) {
    const probed = await probe(options);
    const { connections, error } = probed;
    const text = env[variable]?.trim() ?? '';
    const proxyUrl = text.includes('://') ? text : `http://${text}`;
    // The user name and password of the proxy are left out.
    const proxy = URL.canParse(proxyUrl) ? endpointOf(new URL(proxyUrl)) : undefined;
    if (proxy && connections.some(({ hostname }) => hostname === proxy.host)) {
      detail = `${proxy.host}:${proxy.port} (${variable})`;
      const found = connections.find(({ hostname }) => hostname === url.hostname)?.tls;
      const tls = found ?? 'there is no connection through the proxy';
      return { detail, endpoint: proxy, tls, probed };
    }
    if (connections.length === 0) throw error;
    detail = `NO_PROXY exempts ${url.hostname}`;
  }
  const endpoint = endpointOf(url);
  if (url.protocol === 'http:') {
    return { detail, endpoint, tls: 'the Portal URL is http on loopback' };
  }
  const trusted = ca === undefined ? {} : { secureContext: secureContextWithCa(ca) };
  return { detail, endpoint, tls: { options: trusted, remedy: PRIVATE_CA_HINT } };
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
    const { probed } = await route;
    // A request through the proxy shows more than the connection to the proxy.
    if (!probed) await Promise.all(connection);
    const { error } = probed ?? (await probe(options));
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
