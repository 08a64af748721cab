import type { SecureContext, SecureContextOptions } from 'node:tls';
import type { buildConnector, Dispatcher, ProxyAgent } from 'undici';
import { QuixError } from '../errors.ts';
import { ownProperties, readVariable } from '../own-properties.ts';
import { errorCode } from '../sanitize-error.ts';
import type { Environment } from '../token/index.ts';
import { isLoopback } from './portal-url.ts';
import { TOO_MANY_FILES_HINT } from './transport-error.ts';
import { loadAgent, loadUndici } from './undici.ts';

/** Limit for connections. By default, undici opens one for each concurrent request. */
const MAX_CONNECTIONS = 16;

/**
 * Socket options of Node that could redirect a connection or change the host name that is verified.
 * Without these entries, undici and Node would read them from a changed `Object.prototype`.
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
 * Finds the variable with the proxy for the Portal. Returns `undefined` without a proxy, for a
 * loopback host, and for a host in `NO_PROXY`.
 */
function findProxy(portal: URL, env: Environment) {
  const noProxy = findVariable(env, 'no_proxy')?.value ?? '';
  if (isLoopback(portal.hostname) || isExempt(portal, noProxy)) return undefined;
  return (
    findVariable(env, 'https_proxy') ??
    findVariable(env, 'http_proxy') ??
    findVariable(env, 'all_proxy')
  );
}

/** Returns the name of the variable with the proxy for the Portal, or `undefined` without a proxy. */
export function proxyVariable(portal: URL, env: Environment): string | undefined {
  return findProxy(portal, env)?.name;
}

/** Parses the proxy URL in a variable. The scheme may be missing, as in curl. */
function parseProxyUrl(name: string, value: string): URL {
  const fail = (problem: string, hint: string): QuixError =>
    new QuixError('QUIX_CONFIG', `The environment variable ${name} ${problem}.`, { hint });
  if (/^socks\w*:\/\//i.test(value)) {
    // The SOCKS support of undici 7.30 is experimental. If a SOCKS proxy closes the connection or
    // does not answer, the request hangs and the process does not exit.
    throw fail(
      'has a SOCKS proxy, which is not supported',
      'Set HTTPS_PROXY to an HTTP proxy, add the host of the Portal to NO_PROXY, or pass a Socks5ProxyAgent of undici in the option dispatcher.',
    );
  }
  try {
    const url = new URL(value.includes('://') ? value : `http://${value}`);
    const { protocol, username, password } = url;
    decodeURIComponent(username + password); // undici decodes them later and would throw a URIError
    if (/^https?:$/.test(protocol)) return url;
  } catch {
    // The error below does not contain the text, because it may contain a password.
  }
  throw fail(
    'is not the URL of a proxy',
    'Use a URL like http://host:port, or unset the variable.',
  );
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

/** Creates a TLS context. Ignores options in a changed `Object.prototype`. */
function createContext(options: SecureContextOptions): SecureContext {
  return process.getBuiltinModule('node:tls').createSecureContext(ownProperties(options));
}

function readExtraFile(path: string): string {
  try {
    return process.getBuiltinModule('node:fs').readFileSync(path, 'utf8');
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (code === 'EMFILE' || code === 'ENFILE') {
      const summary = `The file in NODE_EXTRA_CA_CERTS could not be read (${code}).`;
      throw new QuixError('QUIX_PORTAL_UNAVAILABLE', summary, {
        retryable: true,
        hint: TOO_MANY_FILES_HINT,
      });
    }
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
    // By default, NODE_TLS_REJECT_UNAUTHORIZED=0 would turn the verification off.
    rejectUnauthorized: true,
    timeout: connectTimeoutMs,
  };
  const variable = findProxy(portal, env);
  if (!variable) {
    return new (await loadAgent())({ connect, connections: MAX_CONNECTIONS });
  }
  const proxy = parseProxyUrl(variable.name, variable.value);
  const undici = await loadUndici();
  /**
   * Connections to the proxy. If the proxy refuses CONNECT, the error code contains the status. The
   * error of `ProxyAgent` would only have the code `UND_ERR_ABORTED`.
   */
  class ProxyPool extends undici.Pool {
    override async connect(request: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
      const data = await super.connect(request);
      if (data.statusCode === 200) return data;
      data.socket.on('error', () => undefined).destroy();
      throw proxyError(`PROXY_STATUS_${data.statusCode}`);
    }
  }
  const proxyOptions: ProxyAgent.Options = {
    uri: proxy.href,
    connections: MAX_CONNECTIONS,
    requestTls: connect,
    proxyTls: connect,
    factory: (origin, pool: PoolOptions) =>
      new undici.Pool(origin, { ...pool, connect: withFinalErrors(pool.connect) }),
    clientFactory: (url, pool) => {
      const connectToProxy = withFinalErrors((pool as PoolOptions).connect);
      // By default, undici waits five minutes for a response of the proxy to CONNECT.
      return new ProxyPool(url, { connect: connectToProxy, headersTimeout: connectTimeoutMs });
    },
  };
  return new undici.ProxyAgent(ownProperties(proxyOptions));
}

interface PoolOptions {
  readonly connect: buildConnector.connector;
}

const proxyError = (code: string): Error => Object.assign(new Error(code), { code });

/**
 * Changes the errors of a connector, so that undici 7.30 ends the request. After an error with the
 * code `UND_ERR_SOCKET`, undici would connect again without a pause or a limit. The same happens if
 * the Portal or the proxy is an IP address and its certificate is for another host.
 */
function withFinalErrors(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) => {
    connect(options, (...[error, socket]) => {
      if (!error) callback(null, socket);
      else if (errorCode(error) === 'UND_ERR_SOCKET') callback(proxyError('PROXY_CLOSED'), null);
      else callback(new Error('The connection failed.', { cause: error }), null);
    });
  };
}
