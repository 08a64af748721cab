import type * as UndiciModule from 'undici';
import type { Agent } from 'undici';
import { QuixError } from '../errors.ts';
import { errorCode, sanitizeError } from '../sanitize-error.ts';

/** Error codes for a file that exists but cannot be read, such as EMFILE. */
const READ_FAILURE = /^(?:E(?!NOENT$|NOTDIR$)[A-Z]+|ERR_INVALID_PACKAGE_CONFIG)$/;

/**
 * Loads the class `Agent` from its file, or from the entry point of undici if the file is missing.
 * The file loads in a third of the time, and does not change the global dispatcher.
 */
export async function loadAgent(
  loadFile = () => loadByRequire('undici/lib/dispatcher/agent.js') as typeof Agent,
): Promise<typeof Agent> {
  return loadIfPresent(loadFile) ?? (await loadUndici()).Agent;
}

/**
 * Loads the entry point of undici. If the process has no global dispatcher, undici sets its own,
 * and the global `fetch` would use it. Reading `Headers` makes Node set its dispatcher first.
 */
export async function loadUndici(): Promise<typeof UndiciModule> {
  Reflect.get(globalThis, 'Headers');
  try {
    const required = loadIfPresent(() => loadByRequire('undici') as typeof UndiciModule);
    return required ?? (await import('undici')); // bundlers only include modules of import()
  } catch (error) {
    throw error instanceof QuixError ? error : toLoadError(error);
  }
}

/**
 * Loads CommonJS code. This is faster than import(), and can be repeated after a failure. The path is
 * resolved from the installed package, because another version of undici may be next to a bundle. If
 * quix-streams-auth is also installed next to a bundle, the bundle uses the undici of that package.
 */
function loadByRequire(path: string): unknown {
  const { createRequire } = process.getBuiltinModule('node:module');
  const packageFile = createRequire(import.meta.url).resolve('quix-streams-auth/package.json');
  return createRequire(packageFile)(path);
}

/**
 * Calls `load`. Returns `undefined` if the file is missing, as in a bundled program, or if Node's
 * permission model denies access to it. A bundle contains undici, so it does not need the file.
 */
function loadIfPresent<T>(load: () => T): T | undefined {
  try {
    return load();
  } catch (error) {
    // Node 20 remembers a failed import() until the process ends, so import() is not tried now.
    if (READ_FAILURE.test(errorCode(error) ?? '')) throw toLoadError(error);
    return undefined;
  }
}

/** Creates the error for undici that could not be loaded. The next request tries again. */
function toLoadError(error: unknown): QuixError {
  const code = errorCode(error);
  const cause = sanitizeError(error);
  const summary = `The package undici could not be loaded (${code ?? cause.name}).`;
  if (code === 'ERR_ACCESS_DENIED') {
    const hint = 'Start Node with --allow-fs-read for the folder of the application.';
    return new QuixError('QUIX_PORTAL_UNAVAILABLE', summary, { cause, hint });
  }
  if (READ_FAILURE.test(code ?? '')) {
    const hint =
      'The process may have too many open files. Close some, or increase the limit (ulimit -n).';
    return new QuixError('QUIX_PORTAL_UNAVAILABLE', summary, { retryable: true, cause, hint });
  }
  const hint =
    'Install the dependencies of quix-streams-auth. A bundled program must include undici, and must define require() if it is an ES module.';
  return new QuixError('QUIX_CONFIG', summary, { cause, hint });
}
