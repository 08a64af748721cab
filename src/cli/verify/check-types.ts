import type { Finding } from './compare-shapes.ts';
import type { RequestName } from './requests.ts';
import type { CHECK_FUNCTIONS } from './check-functions.ts';

/** Kind of a source. No source is a live call of this project. */
export type Confidence = 'official' | 'third party' | 'standard' | 'unknown';

/** The expected response to one request. `requests.ts` has the fields of the body. */
export interface ExpectedResponse {
  readonly request: RequestName;
  readonly status: readonly number[];
  /** Known values of a field, by its path. Any other value is reported as new. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** The whole body. */
  readonly expectedValue?: boolean;
  /** Whether the body may also be text, in JSON or not. */
  readonly mayBeText?: true;
}

interface CheckDescription {
  readonly source: string;
  readonly confidence: Confidence;
  /** Whether no code depends on the assumption. A difference is then reported as new. */
  readonly isInformational?: true;
}

export type Check = CheckDescription &
  (
    | { readonly id: string; readonly expected: ExpectedResponse }
    | { readonly id: keyof typeof CHECK_FUNCTIONS; readonly expected?: undefined }
  );

/** Findings of a check. `skipped` is the reason why there was nothing to check. */
export type Evaluation =
  { readonly detail: string; readonly findings: readonly Finding[] } | { readonly skipped: string };

export type CheckOutcome = 'as assumed' | 'differs' | 'new' | 'not checked';

/** Result of a check. docs/live-portal.md describes the values that it may contain. */
export interface CheckResult extends Pick<Check, 'id' | 'source' | 'confidence'> {
  readonly outcome: CheckOutcome;
  readonly detail: string;
  readonly findings: readonly Finding[];
}
