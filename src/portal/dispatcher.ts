import type { SecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';
import { QuixError } from '../errors.ts';
import type { Environment } from '../token/index.ts';
import { isLoopback } from './portal-url.ts';
import { loadUndici, loadWholeUndici } from './undici.ts';

/**
 * Further concurrent requests wait for one of these connections. undici's default is one connection
 * per request.
 */
const MAX_CONNECTIONS = 16;

/** Options of {@link createDispatcher}. */
export interface DispatcherOptions {
  readonly ca?: string | readonly string[] | undefined;
  readonly env: Environment;
  readonly connectTimeoutMs: number;
}

interface Variable {
  readonly name: string;
  readonly value: string;
}

/** Returns the first variable that is set. Lower case comes first, as in curl and undici. */
function readVariable(env: Environment, name: string): Variable | undefined {
  for (const each of [name, name.toUpperCase()]) {
    const value = env[each]?.trim();
    if (value) return { name: each, value };
  }
  return undefined;
}

/**
 * Returns the name of the proxy variable for a Portal URL. Loopback addresses never use a proxy.
 */
export function proxyVariable(portal: URL, env: Environment): string | undefined {
  if (isLoopback(portal.hostname)) return undefined;
  return (readVariable(env, 'https_proxy') ?? readVariable(env, 'http_proxy'))?.name;
}

/**
 * Returns the proxy URL in a variable, or an empty string. As in curl, the scheme may be missing.
 */
function readProxy(env: Environment, name: string): string {
  const variable = readVariable(env, name);
  if (!variable) return '';
  const text = variable.value.includes('://') ? variable.value : `http://${variable.value}`;
  try {
    const { protocol, username, password } = new URL(text);
    decodeURIComponent(username + password); // undici does the same later, and throws a bare URIError
    if (/^(?:https?|socks5?):$/.test(protocol)) return text;
  } catch {
    // Reported below without the text, which may contain a password.
  }
  throw new QuixError(
    'QUIX_CONFIG',
    `The environment variable ${variable.name} is not the URL of a proxy.`,
    { hint: 'Use a URL like http://host:port, or unset the variable.' },
  );
}

/** Returns a TLS context that trusts Node's own certificate authorities and the extra ones. */
export function secureContextWithCa(extra: string | readonly string[]): SecureContext {
  const tls = process.getBuiltinModule('node:tls');
  const { NODE_EXTRA_CA_CERTS: file } = process.env;
  // getCACertificates() exists since Node 22.15 and includes NODE_EXTRA_CA_CERTS. Before, `ca`
  // replaces that file.
  const own =
    'getCACertificates' in tls && typeof tls.getCACertificates === 'function'
      ? (tls.getCACertificates as () => string[])()
      : [...tls.rootCertificates, ...(file ? [readExtraFile(file)] : [])];
  return tls.createSecureContext({ ca: [...own, ...[extra].flat()] });
}

function readExtraFile(path: string): string {
  try {
    return process.getBuiltinModule('node:fs').readFileSync(path, 'utf8');
  } catch {
    return ''; // Node itself warns about the file at start-up
  }
}

/**
 * Creates a dispatcher for one client, so that the global dispatcher of the process is never used.
 */
export async function createDispatcher(
  portal: URL,
  { ca, env, connectTimeoutMs }: DispatcherOptions,
): Promise<Dispatcher> {
  const connect = {
    // Created once, because with `ca` each connection would parse about 150 certificates again.
    ...(ca !== undefined && { secureContext: secureContextWithCa(ca) }),
    timeout: connectTimeoutMs,
  };
  const pool = { connect, connections: MAX_CONNECTIONS };
  if (proxyVariable(portal, env) === undefined) return new (await loadUndici()).Agent(pool);
  const proxies = {
    // Empty strings keep undici from reading process.env, which may differ from the `env` option.
    httpProxy: readProxy(env, 'http_proxy'),
    httpsProxy: readProxy(env, 'https_proxy'),
    noProxy: readVariable(env, 'no_proxy')?.value ?? '',
  };
  const isSocks = (proxies.httpsProxy || proxies.httpProxy).startsWith('socks');
  const { EnvHttpProxyAgent, Pool } = await loadWholeUndici();
  return new EnvHttpProxyAgent({
    ...pool,
    ...proxies,
    requestTls: connect,
    // With `proxyTls`, undici would start a SOCKS connection with a TLS handshake.
    ...(!isSocks && { proxyTls: connect }),
    // undici waits five minutes for a proxy that accepts a CONNECT and never answers it.
    clientFactory: (proxy: URL, options: object) =>
      new Pool(proxy, { ...options, headersTimeout: connectTimeoutMs }),
  });
}
