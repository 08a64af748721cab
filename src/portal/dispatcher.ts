import type { SecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';
import { QuixError } from '../errors.ts';
import type { Environment } from '../token/token-source.ts';
import { isLoopback } from './portal-url.ts';
import type { Undici } from './undici.ts';

/** More questions at once wait for one of these: undici's own default is a connection for each. */
const MAX_CONNECTIONS = 16;

/** How the Portal is reached. */
export interface DispatcherOptions {
  readonly ca?: string | readonly string[] | undefined;
  readonly env: Environment;
  readonly connectTimeoutMs: number;
}

interface Variable {
  readonly name: string;
  readonly value: string;
}

/** The value of the first variable set, lower case first, as curl and undici do. */
function readVariable(env: Environment, name: string): Variable | undefined {
  for (const each of [name, name.toUpperCase()]) {
    const value = env[each]?.trim();
    if (value) return { name: each, value };
  }
  return undefined;
}

/** The variable whose proxy serves this URL's scheme; loopback never leaves the machine by a proxy. */
export function proxyVariable(portal: URL, env: Environment): string | undefined {
  if (isLoopback(portal.hostname)) return undefined;
  return (readVariable(env, 'https_proxy') ?? readVariable(env, 'http_proxy'))?.name;
}

/** The proxy that a variable names, with the scheme that curl lets one leave out; else an empty text. */
function readProxy(env: Environment, name: string): string {
  const variable = readVariable(env, name);
  if (!variable) return '';
  const text = variable.value.includes('://') ? variable.value : `http://${variable.value}`;
  try {
    const { protocol, username, password } = new URL(text);
    decodeURIComponent(username + password); // as undici will
    if (/^(?:https?|socks5?):$/.test(protocol)) return text;
  } catch {
    // Told below, without the text: it may hold a password.
  }
  throw new QuixError(
    'QUIX_CONFIG',
    `The environment variable ${variable.name} is no URL of a proxy.`,
    { hint: 'Use the form http://host:port, or unset it.' },
  );
}

/** What Node trusts by itself, and the extra certificates. */
export function trust(extra: string | readonly string[]): SecureContext {
  const tls = process.getBuiltinModule('node:tls');
  const { NODE_EXTRA_CA_CERTS: file } = process.env;
  // Node 22.15 and later tell it, NODE_EXTRA_CA_CERTS included; before, passing `ca` drops that file.
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
    return ''; // Node itself has warned about it at start-up
  }
}

/** A dispatcher of this client's own, so that the process's global one is never asked. */
export function createDispatcher(
  undici: Undici,
  portal: URL,
  { ca, env, connectTimeoutMs }: DispatcherOptions,
): Dispatcher {
  const connect = {
    // Made once: with `ca` itself, each connection would read some 150 certificates anew.
    ...(ca !== undefined && { secureContext: trust(ca) }),
    timeout: connectTimeoutMs,
  };
  const pool = { connect, connections: MAX_CONNECTIONS };
  if (proxyVariable(portal, env) === undefined) return new undici.Agent(pool);
  return new undici.EnvHttpProxyAgent({
    ...pool,
    requestTls: connect,
    proxyTls: connect,
    // A proxy that takes a CONNECT and never answers it would be waited for five minutes.
    clientFactory: (proxy: URL, given: object) =>
      new undici.Pool(proxy, { ...given, headersTimeout: connectTimeoutMs }),
    // Empty texts keep undici from reading process.env, which need not be the environment at hand.
    httpProxy: readProxy(env, 'http_proxy'),
    httpsProxy: readProxy(env, 'https_proxy'),
    noProxy: readVariable(env, 'no_proxy')?.value ?? '',
  });
}
