import type { Agent, Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';

/** The parts of undici in use. */
export interface Undici {
  readonly Agent: typeof Agent;
  readonly EnvHttpProxyAgent: typeof EnvHttpProxyAgent;
  readonly Pool: typeof Pool;
  readonly request: (
    dispatcher: Dispatcher,
    options: Dispatcher.RequestOptions,
  ) => Promise<Dispatcher.ResponseData>;
}

type Request = (
  this: Dispatcher,
  options: Dispatcher.RequestOptions,
) => Promise<Dispatcher.ResponseData>;

/**
 * The single files: half the time to load, and none of them touches the process. By require, which for
 * files of CommonJS is quicker than import. In a bundle they may not be there: then it is the whole.
 */
function loadParts(): Undici {
  const { createRequire } = process.getBuiltinModule('node:module');
  const load = createRequire(import.meta.url);
  const file = (name: string): unknown => load(`undici/lib/${name}.js`);
  const request = file('api/api-request') as Request;
  const dispatcher = file('dispatcher/dispatcher') as typeof Dispatcher;
  // As the public entry does: a proxy agent asks its connection to the proxy to connect().
  dispatcher.prototype.connect = file('api/api-connect') as Dispatcher['connect'];
  return {
    Agent: file('dispatcher/agent') as typeof Agent,
    EnvHttpProxyAgent: file('dispatcher/env-http-proxy-agent') as typeof EnvHttpProxyAgent,
    Pool: file('dispatcher/pool') as typeof Pool,
    request: (dispatcher, options) => request.call(dispatcher, options),
  };
}

/**
 * The public entry, for an undici whose files have moved. It puts a dispatcher of its own behind the
 * process's `fetch` unless there is one, so Node is made to put its own there first: touching
 * `Headers` loads what `fetch` would load.
 */
async function loadWhole(): Promise<Undici> {
  Reflect.get(globalThis, 'Headers');
  const undici = await import('undici');
  return {
    Agent: undici.Agent,
    EnvHttpProxyAgent: undici.EnvHttpProxyAgent,
    Pool: undici.Pool,
    request: (dispatcher, options) => dispatcher.request(options),
  };
}

/** Loads undici without changing anything in the process that other code could notice. */
export async function loadUndici(
  parts: () => Undici | Promise<Undici> = loadParts,
): Promise<Undici> {
  try {
    return await parts();
  } catch {
    return await loadWhole();
  }
}
