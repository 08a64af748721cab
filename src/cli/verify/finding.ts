/** A difference, something new, or a remark. `text` contains no value of the server. */
export interface Finding {
  readonly kind: 'differs' | 'new' | 'remark';
  readonly text: string;
}

/** The reason why a request was not sent, why a check found nothing to check, or why an id is unknown. */
export interface Skipped {
  readonly skipped: string;
}

/** Detail and findings of a check, or the reason why there was nothing to check. */
export type Evaluation =
  { readonly detail: string; readonly findings: readonly Finding[] } | Skipped;

export const differs = (text: string): Finding => ({ kind: 'differs', text });

/** Returns an evaluation with one difference, which is also the detail. */
export const singleDifference = (text: string): Evaluation => ({
  detail: text,
  findings: [differs(text)],
});
