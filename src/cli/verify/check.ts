import type { RequestName } from './requests.ts';
import type { FieldTypes, Finding } from './shape.ts';

/** Kind of a source. No source is a live call of this project. */
export type Confidence = 'official' | 'third party' | 'standard' | 'unknown';

/** Formats of texts that the code reads. `evaluate.ts` contains the rules. */
export type TextFormat =
  'broker list' | 'protocol' | 'mechanism' | 'certificate' | 'workspace status' | 'topic status';

/** Rule about the answer to one request. */
export interface AnswerRule {
  readonly request: RequestName;
  readonly status: readonly number[];
  /** Fields of the body. Default: those of the schema in `portal/`. */
  readonly fields?: FieldTypes;
  /** Fields that public sources name and the code does not read. */
  readonly otherFields?: FieldTypes;
  /** Formats of fields, also of the entries of a list. */
  readonly formats?: Readonly<Record<string, TextFormat>>;
  readonly value?: boolean;
  /** Whether the body may also be a text, in JSON or not. */
  readonly mayBeText?: true;
}

/** Rule about the connection, or about several answers. `named-rules.ts` contains the code. */
export type NamedRule =
  | 'same without X-Version'
  | 'OpenAPI'
  | 'redirects'
  | 'compression'
  | 'Retry-After'
  | 'headers'
  | 'HTTP version'
  | 'TLS'
  | 'same workspace'
  | 'same broker settings';

export interface Check {
  readonly id: string;
  readonly assumption: string;
  /** Feature of the package that depends on the assumption. */
  readonly relevance: string;
  readonly source: string;
  readonly confidence: Confidence;
  readonly rule: AnswerRule | NamedRule;
}

/** Findings of a check. `skipped` is the reason why there was nothing to check. */
export type Evaluation =
  { readonly detail: string; readonly findings: readonly Finding[] } | { readonly skipped: string };

export type CheckOutcome = 'as assumed' | 'differs' | 'new' | 'not checked';

/** Result of a check. Contains names, types, statuses and counts only. */
export interface CheckResult {
  readonly id: string;
  readonly outcome: CheckOutcome;
  readonly detail: string;
  readonly findings: readonly Finding[];
}
