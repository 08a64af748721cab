import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { TLSSocket } from 'node:tls';
import { QuixError, QuixStreamingClient, type QuixClientOptions } from 'quix-streams-auth';
import {
  proxyVariable,
  secureContextWithCa,
  DEFAULT_PORTAL_API,
  parsePortalUrl,
  PORTAL_VARIABLE,
} from '../../portal/index.ts';
import { step, type Checkup, type Finding, type Result, type StepName } from './checkup.ts';
import {
  checkEndpoint,
  describeTls,
  stepTimeout,
  tryTls,
  type Endpoint,
  type Target,
} from './network.ts';

const UNTRUSTED =
  'If the Portal or a proxy uses a private certificate authority, pass it with --ca or in NODE_EXTRA_CA_CERTS.';

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

/** Result of a request with an invented token, and the connections that undici opened for it. */
interface Probe {
  readonly error: unknown;
  readonly connections: readonly { readonly hostname: string; readonly tls?: Finding }[];
}

/** Sends a request with an invented token, because the Portal can be reached without a valid one. */
async function probe(options: QuixClientOptions, timeoutMs: number): Promise<Probe> {
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
  const { env, ca, portalApi, userAgent } = options;
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

function readProbe({ error }: Probe, { host }: URL): Finding {
  const { code, status } = error instanceof QuixError ? error : {};
  if (code !== 'QUIX_TOKEN_REJECTED' && code !== 'QUIX_FORBIDDEN') throw error;
  return { detail: `${host} responds, and requires a token (${status ?? 0})` };
}

const endpointOf = ({ hostname, port, protocol }: URL): Endpoint => ({
  host: hostname.replace(/^\[|\]$/g, ''),
  port: Number(port || (protocol === 'http:' ? 80 : 443)),
});

/** The endpoint to connect to, with the proxy in the detail. */
interface Route extends Target {
  /** The request, if it was sent to find the route. */
  readonly probed?: Probe;
}

function directRoute(
  detail: string,
  url: URL,
  { ca }: QuixClientOptions,
  timeoutMs: number,
): Route {
  const endpoint = endpointOf(url);
  if (url.protocol === 'http:') {
    return { detail, endpoint, tls: 'the Portal URL is http on loopback' };
  }
  const trusted = ca === undefined ? {} : { secureContext: secureContextWithCa(ca) };
  return { detail, endpoint, tls: () => tryTls(endpoint, trusted, timeoutMs, UNTRUSTED) };
}

/** Finds out whether a proxy is used. */
async function findRoute(url: URL, options: QuixClientOptions, timeoutMs: number): Promise<Route> {
  const { env = {} } = options;
  const variable = proxyVariable(url, env);
  if (variable === undefined) {
    const isExempt = proxyVariable(url, { ...env, no_proxy: '', NO_PROXY: '' }) !== undefined;
    const detail = isExempt ? `NO_PROXY exempts ${url.hostname}` : 'none';
    return directRoute(detail, url, options, timeoutMs);
  }
  const probed = await probe(options, timeoutMs);
  const { connections, error } = probed;
  const text = env[variable]?.trim() ?? '';
  const proxyUrl = text.includes('://') ? text : `http://${text}`;
  // The user name and password of the proxy are left out.
  const proxy = URL.canParse(proxyUrl) ? endpointOf(new URL(proxyUrl)) : undefined;
  if (proxy && connections.some(({ hostname }) => hostname === proxy.host)) {
    const found = connections.find(({ hostname }) => hostname === url.hostname)?.tls;
    const tls = found ? (): Finding => found : 'there is no connection through the proxy';
    return { detail: `${proxy.host}:${proxy.port} (${variable})`, endpoint: proxy, tls, probed };
  }
  if (connections.length === 0) throw error;
  return directRoute(`NO_PROXY exempts ${url.hostname}`, url, options, timeoutMs);
}

/** Checks whether the Portal can be reached. The result is what an exchange needs. */
export async function checkPortal(checkup: Checkup, options: QuixClientOptions): Promise<Result> {
  const timeoutMs = stepTimeout(options.timeoutMs);
  const nameStep = (title: string): StepName =>
    step('Portal', `portal-${title.toLowerCase()}`, title);
  const urlStep = step('Portal', 'portal-url', 'Portal URL');
  const address = await checkup.run(urlStep, {}, () => findUrl(options));
  const route = await checkup.run(nameStep('Proxy'), { address }, (found) =>
    findRoute(found.address.url, options, timeoutMs),
  );
  const connection = await checkEndpoint(checkup, nameStep, route, timeoutMs);
  // A request through the proxy shows more than the connection to the proxy.
  const needs = route.finding?.probed ? { address, route } : { address, route, connection };
  const probes = [route.finding?.probed];
  const http = await checkup.run(nameStep('HTTP'), needs, async (found) => {
    const probed = found.route.probed ?? (await probe(options, timeoutMs));
    probes.push(probed);
    return readProbe(probed, found.address.url);
  });
  // The exchange is tried even if the response was an error.
  const hasResponse = probes.some((each) => each?.error instanceof QuixError && each.error.status);
  return hasResponse ? address : http;
}
