import type * as Msw from 'msw';
import { explainMissing } from './missing-msw.ts';

function requireMsw(): typeof Msw {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- CommonJS cannot await while it loads
    return require('msw') as typeof Msw;
  } catch (error) {
    return explainMissing(error);
  }
}

/** What msw.ts exports, for the CommonJS build (tsup.config.ts). */
export const { getResponse, http } = requireMsw();
