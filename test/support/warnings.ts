import type { QuixWarning, QuixWarningCode, Warn } from '../../src/warnings.ts';

export interface WarningLog {
  readonly all: QuixWarning[];
  readonly codes: QuixWarningCode[];
  readonly warn: Warn;
}

/** Collects the warnings of the code under test. */
export function logWarnings(): WarningLog {
  const all: QuixWarning[] = [];
  return {
    all,
    get codes() {
      return all.map(({ code }) => code);
    },
    warn: (warning) => {
      all.push(warning);
    },
  };
}
