/** Why the mutants that Stryker leaves alive may stay: scripts/mutation.ts finds them by file, line and change. */

export interface Reason {
  readonly title: string;
  readonly text: string;
  readonly survivors: readonly {
    /** Below src. */
    readonly file: string;
    /** The line as it stands in the source, without the blanks around it. */
    readonly line: string;
    readonly change: string;
  }[];
}

export const REASONS: readonly Reason[] = [];
