import type { SecureContext, SecureContextOptions } from 'node:tls';
import type { Dispatcher } from 'undici';
import { QuixError } from '../errors.ts';
import { ownProperties, readVariable } from '../own-properties.ts';
import type { Environment } from '../token/index.ts';
import { isLoopback } from './portal-url.ts';
import { loadAgent, loadUndici } from './undici.ts';

/** Limit for connections. By default, undici opens one for each concurrent request. */
const MAX_CONNECTIONS = 16;

/**
 * Options of Node's sockets that would send the token elsewhere, or verify another host name. Without
 * these entries, undici and Node would read them from a changed `Object.prototype`.
 */
const UNUSED_SOCKET_OPTIONS = {
  path: undefined,
  socketPath: null,
  servername: undefined,
  lookup: undefined,
  signal: undefined,
};

export interface DispatcherOptions {
  readonly portal: URL;
  readonly ca?: string | readonly string[] | undefined;
  readonly env: Environment;
  readonly connectTimeoutMs: number;
}

/** Finds a variable that is not blank. Lower case comes first, as in curl and undici. */
const findVariable = (env: Environment, lowerCase: string) =>
  [lowerCase, lowerCase.toUpperCase()]
    .map((name) => ({ name, value: readVariable(env, name)?.trim() ?? '' }))
    .find(({ value }) => value !== '');

/** Returns whether `NO_PROXY` exempts a Portal from the proxy, by the rules of undici. */
function isExempt(portal: URL, noProxy: string): boolean {
  if (noProxy === '*') return true;
  return noProxy.split(/[,\s]+/).some((entry) => {
    const [, name = entry, port] = /^(.+):(\d+)$/.exec(entry) ?? [];
    const domain = name.replace(/^\*?\./, '').toLowerCase();
    if (domain === '' || (port !== undefined && port !== (portal.port || '443'))) return false;
    return portal.hostname === domain || portal.hostname.endsWith(`.${domain}`);
  });
}

/**
 * Returns the name of the variable with the proxy for the Portal. Returns `undefined` without a
 * proxy, for a loopback host, and for a host in `NO_PROXY`.
 */
export function proxyVariable(portal: URL, env: Environment): string | undefined {
  const noProxy = findVariable(env, 'no_proxy')?.value ?? '';
  if (isLoopback(portal.hostname) || isExempt(portal, noProxy)) return undefined;
  return (findVariable(env, 'https_proxy') ?? findVariable(env, 'http_proxy'))?.name;
}

/** Returns the proxy URL in a variable, or ''. The scheme may be missing, as in curl. */
function proxyUrl(env: Environment, lowerCase: string): string {
  const { name, value } = findVariable(env, lowerCase) ?? {};
  if (value === undefined) return '';
  const text = value.includes('://') ? value : `http://${value}`;
  try {
    const { protocol, username, password } = new URL(text);
    decodeURIComponent(username + password); // undici decodes them later and would throw a URIError
    if (/^(?:https?|socks5?):$/.test(protocol)) return text;
  } catch {
    // The error below does not contain the text, because it may contain a password.
  }
  const summary = `The environment variable ${name} is not the URL of a proxy.`;
  const hint = 'Use a URL like http://host:port, or unset the variable.';
  throw new QuixError('QUIX_CONFIG', summary, { hint });
}

/** Returns a TLS context that trusts the extra certificate authorities and those of Node. */
export function secureContextWithCa(extra: string | readonly string[]): SecureContext {
  const tls = process.getBuiltinModule('node:tls');
  const file = readVariable(process.env, 'NODE_EXTRA_CA_CERTS');
  // getCACertificates() includes the file of NODE_EXTRA_CA_CERTS. Node before 22.15 lacks this
  // function, so the file has to be read here.
  const defaults =
    'getCACertificates' in tls && typeof tls.getCACertificates === 'function'
      ? (tls.getCACertificates as () => string[])()
      : [...tls.rootCertificates, ...(file ? [readExtraFile(file)] : [])];
  return createContext({ ca: [...defaults, ...[extra].flat()] });
}

/** Creates a TLS context. Ignores a `ca` or other options in `Object.prototype`. */
function createContext(options: SecureContextOptions): SecureContext {
  return process.getBuiltinModule('node:tls').createSecureContext(ownProperties(options));
}

function readExtraFile(path: string): string {
  try {
    return process.getBuiltinModule('node:fs').readFileSync(path, 'utf8');
  } catch {
    return ''; // Node itself warns about the file at start-up
  }
}

/** Creates a dispatcher for one client. The global dispatcher of the process is not used. */
export async function createDispatcher(options: DispatcherOptions): Promise<Dispatcher> {
  const { portal, ca, env, connectTimeoutMs } = options;
  const connect = {
    // The context is shared, because parsing about 150 certificates for each connection is slow.
    ...(portal.protocol === 'https:' && {
      secureContext: ca === undefined ? createContext({}) : secureContextWithCa(ca),
    }),
    ...UNUSED_SOCKET_OPTIONS,
    rejectUnauthorized: true,
    timeout: connectTimeoutMs,
  };
  const pool = { connect, connections: MAX_CONNECTIONS };
  if (proxyVariable(portal, env) === undefined) return new (await loadAgent())(pool);
  const proxies = {
    // With empty strings, undici does not read process.env, which may differ from the `env` option.
    httpProxy: proxyUrl(env, 'http_proxy'),
    httpsProxy: proxyUrl(env, 'https_proxy'),
    noProxy: '',
  };
  const isSocks = (proxies.httpsProxy || proxies.httpProxy).startsWith('socks');
  const { EnvHttpProxyAgent, Pool } = await loadUndici();
  return new EnvHttpProxyAgent({
    ...pool,
    ...proxies,
    requestTls: connect,
    // With `proxyTls`, undici would start a TLS handshake with a SOCKS proxy.
    ...(!isSocks && { proxyTls: connect }),
    // By default, undici waits five minutes for a response of the proxy to CONNECT.
    clientFactory: (proxy: URL, options: object) =>
      new Pool(proxy, { ...options, headersTimeout: connectTimeoutMs }),
  });
}
