import { QuixError } from '../errors.ts';
import { errorCode, sanitizeError } from '../sanitize-error.ts';

/** What Node says, as ESM and as CommonJS, and Bun and Deno with it. */
const NOT_FOUND = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);

/** For whoever imports `/testing` without msw beside it; any other failure goes on as it is. */
export function explainMissing(error: unknown): never {
  const code = errorCode(error);
  const isMsw = error instanceof Error && /(?:package|module) ["']msw["']/.test(error.message);
  if (!isMsw || code === undefined || !NOT_FOUND.has(code)) throw error;
  throw new QuixError(
    'QUIX_CONFIG',
    'quix-streams-auth/testing needs the package msw, which is not installed.',
    { hint: 'Run "npm install --save-dev msw".', cause: sanitizeError(error) },
  );
}
