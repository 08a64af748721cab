import type * as UndiciModule from 'undici';
import type { Agent } from 'undici';

/**
 * Loads one file of undici. This takes a third of the time of loading its entry point, and does not
 * change the global dispatcher. In a bundled program the file may be missing.
 */
function loadAgentFile(): typeof Agent {
  // require() loads CommonJS files faster than import().
  const load = process.getBuiltinModule('node:module').createRequire(import.meta.url);
  return load('undici/lib/dispatcher/agent.js') as typeof Agent;
}

/**
 * Loads the entry point of undici. If the process has no global dispatcher, undici sets its own,
 * and the global `fetch` would use it. Reading `Headers` makes Node set its dispatcher first.
 */
export async function loadUndici(): Promise<typeof UndiciModule> {
  Reflect.get(globalThis, 'Headers');
  return await import('undici');
}

/** Loads the class `Agent` from its file, or from the entry point of undici if the file is missing. */
export async function loadAgent(loadFile = loadAgentFile): Promise<typeof Agent> {
  try {
    return loadFile();
  } catch {
    return (await loadUndici()).Agent;
  }
}
