import type { Case } from '../run-case.ts';
import type { Call } from '../this-package.ts';

/** A case in which both clients make the same call. */
export interface TableCase extends Case {
  readonly title: string;
  /** Tests of the official client that contain this case. */
  readonly upstreamTests?: readonly string[];
  readonly call: Call;
  /** Properties of the result to compare. Default: all. */
  readonly properties?: readonly string[];
  /** Text that the error messages are searched for. The page shows the result. */
  readonly errorText?: string;
  /** Reason why this package is better. Required if the results differ, unless `different` is set. */
  readonly better?: string;
  /** Reason for a deliberate difference. */
  readonly different?: string;
}

/** A part of the table. */
export interface Section {
  readonly title: string;
  readonly cases: readonly TableCase[];
}
