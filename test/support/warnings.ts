import type { QuixWarning, QuixWarningCode, Warn } from '../../src/warnings.ts';

export interface WarningLog {
  readonly all: QuixWarning[];
  readonly codes: QuixWarningCode[];
  readonly warn: Warn;
}

/** Collects what a room of the code warns of. */
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
