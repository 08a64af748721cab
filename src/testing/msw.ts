import { explainMissing } from './missing-msw.ts';

/**
 * The parts of msw in use. Awaited, because a static import of a package that is not there fails
 * before any code could say what to do. The CommonJS build has msw-by-require.ts instead.
 */
export const { getResponse, http } = await import('msw').catch(explainMissing);
