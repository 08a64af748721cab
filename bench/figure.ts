/** One figure of docs/performance.md: what was measured, and whether it reached its goal. */
export interface Figure {
  /** Heading, such as `Import`. */
  readonly title: string;
  /** One or two sentences: how it was measured. */
  readonly how: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly goals: readonly Goal[];
  /** What is at the limit, with the limit's own measurement; or anything else to know. */
  readonly notes?: readonly string[];
}
/** `value` has to be at most `atMost` and at least `atLeast`. */
export interface Goal {
  readonly name: string;
  readonly value: number;
  readonly atMost?: number;
  readonly atLeast?: number;
}
/** A file of bench/figures/ exports one of these. */
export type Measure = (options: { readonly quick: boolean }) => Promise<Figure>;
