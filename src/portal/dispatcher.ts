import type { Dispatcher } from 'undici';
import type { Environment } from '../token/token-source.ts';
import { isLoopback } from './portal-url.ts';
import type { Undici } from './undici.ts';

/** How the Portal is reached. */
export interface DispatcherOptions {
  readonly ca?: string | readonly string[] | undefined;
  readonly env: Environment;
  readonly connectTimeoutMs: number;
}

/** The value of the first variable set, lower case first, as curl and undici do. */
function readProxy(env: Environment, name: string): { name: string; value: string } | undefined {
  for (const each of [name, name.toUpperCase()]) {
    const value = env[each]?.trim();
    if (value) return { name: each, value };
  }
  return undefined;
}

/** The variable whose proxy serves this URL's scheme; loopback never leaves the machine by a proxy. */
export function proxyVariable(portal: URL, env: Environment): string | undefined {
  if (isLoopback(portal.hostname)) return undefined;
  return (readProxy(env, 'https_proxy') ?? readProxy(env, 'http_proxy'))?.name;
}

/** What Node trusts by itself, and the extra certificates. */
function trusted(extra: string | readonly string[]): string[] {
  const tls = process.getBuiltinModule('node:tls');
  const { NODE_EXTRA_CA_CERTS: file } = process.env;
  // Node 22.15 and later tell it, NODE_EXTRA_CA_CERTS included; before, passing `ca` drops that file.
  const own =
    'getCACertificates' in tls && typeof tls.getCACertificates === 'function'
      ? (tls.getCACertificates as () => string[])()
      : [...tls.rootCertificates, ...(file ? [readExtraFile(file)] : [])];
  return [...own, ...(typeof extra === 'string' ? [extra] : extra)];
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
  const tls = ca === undefined ? {} : { ca: trusted(ca) };
  const options = { connect: { ...tls, timeout: connectTimeoutMs } };
  if (proxyVariable(portal, env) === undefined) return new undici.Agent(options);
  return new undici.EnvHttpProxyAgent({
    ...options,
    requestTls: tls,
    proxyTls: tls,
    // Empty texts keep undici from reading process.env, which need not be the environment at hand.
    httpProxy: readProxy(env, 'http_proxy')?.value ?? '',
    httpsProxy: readProxy(env, 'https_proxy')?.value ?? '',
    noProxy: readProxy(env, 'no_proxy')?.value ?? '',
  });
}
