import type * as UndiciModule from 'undici';
import type { Agent, Dispatcher } from 'undici';

/** The functions of undici that a client without a proxy uses. */
export interface Undici {
  readonly Agent: typeof Agent;
  readonly request: (
    dispatcher: Dispatcher,
    options: Dispatcher.RequestOptions,
  ) => Promise<Dispatcher.ResponseData>;
}

/**
 * Loads single files of undici. This takes half the time of loading its entry point, and does not
 * change the global dispatcher. In a bundled program these files may be missing.
 */
function loadUndiciFiles(): Undici {
  // require() loads CommonJS files faster than import().
  const load = process.getBuiltinModule('node:module').createRequire(import.meta.url);
  // This function expects the dispatcher as its `this`.
  const request = load('undici/lib/api/api-request.js') as { call: Undici['request'] };
  return {
    Agent: load('undici/lib/dispatcher/agent.js') as typeof Agent,
    request: (dispatcher, options) => request.call(dispatcher, options),
  };
}

/**
 * Loads the entry point of undici. If the process has no global dispatcher, undici sets its own,
 * and the global `fetch` would use it. Reading `Headers` makes Node set its dispatcher first.
 */
export async function loadUndiciModule(): Promise<typeof UndiciModule> {
  Reflect.get(globalThis, 'Headers');
  return await import('undici');
}

/** Loads undici from its single files, or from its entry point if a file is missing. */
export async function loadUndici(loadFiles = loadUndiciFiles): Promise<Undici> {
  try {
    return loadFiles();
  } catch {
    const { Agent } = await loadUndiciModule();
    return { Agent, request: (dispatcher, options) => dispatcher.request(options) };
  }
}
