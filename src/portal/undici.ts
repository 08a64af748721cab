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

/** The single files: half the time to load, and none of them touches the process. */
async function loadParts(): Promise<Undici> {
  const [agent, proxyAgent, pool, request, connect, dispatcher] = await Promise.all([
    import('undici/lib/dispatcher/agent.js'),
    import('undici/lib/dispatcher/env-http-proxy-agent.js'),
    import('undici/lib/dispatcher/pool.js'),
    import('undici/lib/api/api-request.js'),
    import('undici/lib/api/api-connect.js'),
    import('undici/lib/dispatcher/dispatcher.js'),
  ]);
  // As the public entry does: a proxy agent asks its connection to the proxy to connect().
  dispatcher.default.prototype.connect = connect.default;
  return {
    Agent: agent.default,
    EnvHttpProxyAgent: proxyAgent.default,
    Pool: pool.default,
    request: (dispatcher, options) => request.default.call(dispatcher, options),
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
export async function loadUndici(parts = loadParts): Promise<Undici> {
  try {
    return await parts();
  } catch {
    return await loadWhole();
  }
}
