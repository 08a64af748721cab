import type { Agent } from 'undici';
import { QuixError } from '../errors.ts';
import { errorCode, sanitizeError } from '../sanitize-error.ts';

/** Error codes after which the same file may be readable later, such as EMFILE. */
const READ_FAILURE = /^(?:E(?!NOENT$|NOTDIR$)[A-Z]+|ERR_INVALID_PACKAGE_CONFIG|ERR_ACCESS_DENIED)$/;

/**
 * Loads one file of undici. This takes a third of the time of loading its entry point, and does not
 * change the global dispatcher. In a bundled program the file may be missing.
 */
function loadAgentFile(): typeof Agent {
  // require() loads CommonJS files faster than import(). If it fails, the next call tries again.
  const load = process.getBuiltinModule('node:module').createRequire(import.meta.url);
  return load('undici/lib/dispatcher/agent.js') as typeof Agent;
}

/**
 * Loads the entry point of undici. If the process has no global dispatcher, undici sets its own,
 * and the global `fetch` would use it. Reading `Headers` makes Node set its dispatcher first.
 */
async function loadFromEntryPoint(): Promise<typeof Agent> {
  Reflect.get(globalThis, 'Headers');
  return (await import('undici')).Agent;
}

/** Loads the class `Agent` from its file, or from the entry point of undici if the file is missing. */
export async function loadAgent(loadFile = loadAgentFile): Promise<typeof Agent> {
  try {
    return loadFile();
  } catch (error) {
    // Node 20 remembers a failed import() until the process ends, so it is not tried now.
    if (READ_FAILURE.test(errorCode(error) ?? '')) throw toLoadError(error);
  }
  try {
    return await loadFromEntryPoint();
  } catch (error) {
    throw toLoadError(error);
  }
}

/** Returns an error that names the reason. The next call tries again if it is retryable. */
function toLoadError(error: unknown): QuixError {
  const code = errorCode(error);
  const cause = sanitizeError(error);
  const summary = `The package undici could not be loaded (${code ?? cause.name}).`;
  if (code === 'ERR_ACCESS_DENIED') {
    const hint = 'Start Node with --allow-fs-read=* or with the folder of the application.';
    return new QuixError('QUIX_PORTAL_UNAVAILABLE', summary, { cause, hint });
  }
  if (READ_FAILURE.test(code ?? '')) {
    const hint =
      'The process may have too many open files. Close some, or increase the limit (ulimit -n).';
    return new QuixError('QUIX_PORTAL_UNAVAILABLE', summary, { retryable: true, cause, hint });
  }
  const hint = 'Install the dependencies of quix-streams-auth, or include undici in the bundle.';
  return new QuixError('QUIX_CONFIG', summary, { cause, hint });
}
