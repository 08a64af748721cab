import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { TLSSocket } from 'node:tls';
import type { QuixClientOptions } from 'quix-streams-auth';
import { toAnswerError } from '../../portal/answer-error.ts';
import { proxyVariable, trust } from '../../portal/dispatcher.ts';
import { DEFAULT_PORTAL_API, parsePortalUrl, PORTAL_VARIABLE } from '../../portal/portal-url.ts';
import { Transport, type PortalAnswer } from '../../portal/transport.ts';
import { Token } from '../../token/index.ts';
import type { Checkup, Finding, StepName } from './checkup.ts';
import { describeTls, lookUpHost, tryTcp, tryTls, type Endpoint } from './network.ts';

/** One that hangs is not waited for as long as a whole exchange. */
const MAX_STEP_MS = 10_000;

const step = (id: string, title: string): StepName => ({ group: 'Portal', id, title });

const URL_STEP = step('portal-url', 'Portal URL');
const PROXY_STEP = step('portal-proxy', 'Proxy');
const DNS_STEP = step('portal-dns', 'DNS');
const TCP_STEP = step('portal-tcp', 'TCP');
const TLS_STEP = step('portal-tls', 'TLS');
const HTTP_STEP = step('portal-http', 'HTTP');

function findUrl({ portalApi, env = {} }: QuixClientOptions): Finding & { url: URL } {
  const variable = env[PORTAL_VARIABLE]?.trim();
  const [text, from] = portalApi?.trim()
    ? [portalApi, '--portal']
    : variable
      ? [variable, PORTAL_VARIABLE]
      : [DEFAULT_PORTAL_API, 'the default'];
  const url = parsePortalUrl(text, from);
  return { detail: `${url.origin}${url.pathname === '/' ? '' : url.pathname} (${from})`, url };
}

/** What a request without a real token met: an answer or an error, and whom it was connected to. */
interface Probe {
  readonly answer?: PortalAnswer;
  readonly error?: unknown;
  /** Host of each connection that undici made, and its TLS. */
  readonly connections: readonly { readonly hostname: string; readonly tls?: Finding }[];
  readonly ms: number;
}

interface ConnectedMessage {
  readonly connectParams: { readonly hostname: string };
  readonly socket?: unknown;
}

/** Asks as the client does, by the same dispatcher, and watches where undici connects to. */
async function probe(url: URL, options: QuixClientOptions, timeoutMs: number): Promise<Probe> {
  const connections: { hostname: string; tls?: Finding }[] = [];
  const note = (message: unknown): void => {
    const { connectParams, socket } = message as ConnectedMessage;
    const { hostname } = connectParams;
    connections.push({
      hostname,
      ...(socket instanceof TLSSocket && { tls: describeTls(socket) }),
    });
  };
  const channels = ['undici:client:connected', 'undici:client:connectError'];
  for (const channel of channels) subscribe(channel, note);
  const { env = {}, ca, userAgent = 'quix-auth' } = options;
  const transport = new Transport({ portal: url, userAgent, env, ca, connectTimeoutMs: timeoutMs });
  const started = performance.now();
  const ms = (): number => Math.round(performance.now() - started);
  try {
    const answer = await transport.send({
      method: 'GET',
      path: ['workspaces'],
      // Nobody's: whether the Portal can be reached is to be known without a token, too.
      token: new Token(`none-${randomBytes(12).toString('hex')}`, 'doctor'),
      signal: AbortSignal.timeout(2 * timeoutMs),
      timeoutMs,
    });
    return { answer, connections, ms: ms() };
  } catch (error) {
    return { error, connections, ms: ms() };
  } finally {
    for (const channel of channels) unsubscribe(channel, note);
    await transport.close();
  }
}

function readProbe({ answer, error }: Probe, { host, origin }: URL): Finding {
  if (!answer) throw error;
  const context = { host, origin, asked: 'the list of workspaces', secrets: [] };
  if (answer.status === 401 || answer.status === 403) {
    return { detail: `${host} answers, and wants a token (${answer.status})` };
  }
  throw toAnswerError(answer, context);
}

const endpointOf = ({ hostname, port, protocol }: URL): Endpoint => ({
  host: hostname.replace(/^\[|\]$/g, ''),
  port: Number(port || (protocol === 'http:' ? 80 : 443)),
});

const tlsRemedy = (code: string): string =>
  code.includes('ALTNAME')
    ? 'The certificate is for another name: check the Portal URL, and for a proxy in between.'
    : 'If the Portal or a proxy uses a private certificate authority, pass it with --ca or in NODE_EXTRA_CA_CERTS.';

/** DNS, TCP and TLS, one after the other; what builds on a step that failed is not tried. */
async function checkDirectly(
  checkup: Checkup,
  url: URL,
  { ca }: QuixClientOptions,
  timeoutMs: number,
): Promise<boolean> {
  const endpoint = endpointOf(url);
  const dns = await checkup.run(DNS_STEP, () => lookUpHost(endpoint.host, timeoutMs));
  if (!dns) {
    checkup.skip(TCP_STEP, 'the name is not known');
    checkup.skip(TLS_STEP, 'the name is not known');
    return false;
  }
  const tcp = await checkup.run(TCP_STEP, () => tryTcp(endpoint, timeoutMs));
  if (url.protocol === 'http:') {
    checkup.skip(TLS_STEP, 'none on this machine');
    return tcp !== undefined;
  }
  if (!tcp) {
    checkup.skip(TLS_STEP, 'there is no connection');
    return false;
  }
  const trusted = ca === undefined ? {} : { secureContext: trust(ca) };
  const tls = await checkup.run(TLS_STEP, () => tryTls(endpoint, trusted, timeoutMs, tlsRemedy));
  return tls !== undefined;
}

/** The proxy's own DNS and TCP; TLS is that of the connection which the request went through. */
async function checkProxy(
  checkup: Checkup,
  proxy: Endpoint,
  tls: Finding | undefined,
  timeoutMs: number,
): Promise<void> {
  const dns = await checkup.run(DNS_STEP, () => lookUpHost(proxy.host, timeoutMs));
  if (dns) await checkup.run(TCP_STEP, () => tryTcp(proxy, timeoutMs));
  else checkup.skip(TCP_STEP, 'the name is not known');
  if (tls) await checkup.run(TLS_STEP, () => tls);
  else checkup.skip(TLS_STEP, 'there is no connection through the proxy');
}

/** Host and port of a proxy, for the eye: user name and password are left out. */
function readProxyEndpoint(text: string): Endpoint | undefined {
  const url = text.includes('://') ? text : `http://${text}`;
  return URL.canParse(url) ? endpointOf(new URL(url)) : undefined;
}

/** Whether the Portal can be reached, whatever the token is. */
export async function checkPortal(
  checkup: Checkup,
  options: QuixClientOptions,
): Promise<{ isReachable: boolean }> {
  const timeoutMs = Math.min(options.timeoutMs ?? Infinity, MAX_STEP_MS);
  const found = await checkup.run(URL_STEP, () => findUrl(options));
  if (!found) {
    for (const each of [PROXY_STEP, DNS_STEP, TCP_STEP, TLS_STEP, HTTP_STEP]) {
      checkup.skip(each, 'there is no Portal URL');
    }
    return { isReachable: false };
  }
  const { url } = found;
  const env = options.env ?? {};
  const variable = proxyVariable(url, env);
  const proxy = variable === undefined ? undefined : readProxyEndpoint(env[variable]?.trim() ?? '');
  if (variable === undefined) {
    await checkup.run(PROXY_STEP, () => ({ detail: 'none' }));
    if (!(await checkDirectly(checkup, url, options, timeoutMs))) {
      checkup.skip(HTTP_STEP, 'there is no connection');
      return { isReachable: false };
    }
  }
  const probed = await probe(url, options, timeoutMs);
  if (variable !== undefined) {
    const isUsed = probed.connections.some(({ hostname }) => hostname === proxy?.host);
    if (proxy && isUsed) {
      await checkup.run(PROXY_STEP, () => ({
        detail: `${proxy.host}:${proxy.port} (${variable})`,
      }));
      const inner = probed.connections.find(({ hostname }) => hostname === url.hostname);
      await checkProxy(checkup, proxy, inner?.tls, timeoutMs);
    } else if (probed.connections.length > 0) {
      await checkup.run(PROXY_STEP, () => ({ detail: `NO_PROXY exempts ${url.hostname}` }));
      await checkDirectly(checkup, url, options, timeoutMs);
    } else {
      checkup.fail(PROXY_STEP, probed.error);
      for (const each of [DNS_STEP, TCP_STEP, TLS_STEP]) {
        checkup.skip(each, 'the proxy cannot be used');
      }
    }
  }
  const answered = await checkup.run(HTTP_STEP, () => readProbe(probed, url));
  return { isReachable: answered !== undefined || probed.answer !== undefined };
}
