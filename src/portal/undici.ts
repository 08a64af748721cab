import type * as WholeUndici from 'undici';
import type { Agent, Dispatcher } from 'undici';

/** The parts of undici that a client without a proxy uses. */
export interface Undici {
  readonly Agent: typeof Agent;
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
 * Loads single files of undici. That takes half the time of the public entry, and does not replace
 * the global dispatcher of the process. In a bundle these files may be missing.
 */
function loadParts(): Undici {
  const { createRequire } = process.getBuiltinModule('node:module');
  // require() loads files of CommonJS faster than import().
  const load = createRequire(import.meta.url);
  const request = load('undici/lib/api/api-request.js') as Request;
  return {
    Agent: load('undici/lib/dispatcher/agent.js') as typeof Agent,
    request: (dispatcher, options) => request.call(dispatcher, options),
  };
}

/**
 * Loads the public entry of undici. It sets a global dispatcher for the `fetch` of the process
 * unless there is one. Reading `Headers` makes Node set its own first, so that `fetch` keeps the
 * dispatcher that it would have had.
 */
export async function loadWholeUndici(): Promise<typeof WholeUndici> {
  Reflect.get(globalThis, 'Headers');
  return await import('undici');
}

/** Loads what a request needs, without any effect that other code in the process could notice. */
export async function loadUndici(parts: () => Undici = loadParts): Promise<Undici> {
  try {
    return parts();
  } catch {
    const { Agent } = await loadWholeUndici();
    return { Agent, request: (dispatcher, options) => dispatcher.request(options) };
  }
}
