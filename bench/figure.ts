import type { BarsData } from '../scripts/pictures/bars.ts';
import { digits } from './support/statistics.ts';

/** One measurement: a section of docs/evidence/performance.md, with the goals that it must reach. */
export interface Figure {
  /** Heading of the section. */
  readonly title: string;
  /** How it was measured, in one to four sentences. */
  readonly method: string;
  /** Picture in docs/images that shows this table. */
  readonly picture?: Picture;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The run checks them. The document does not list them. */
  readonly goals: readonly Goal[];
  /** Paragraphs below the table. */
  readonly notes?: readonly string[];
}

/** A picture with the medians and quartiles of a table. */
export interface Picture {
  /** Name of the file, without its ending. */
  readonly name: string;
  /** Text for readers who do not see the picture. */
  readonly altText: string;
  readonly data: Omit<BarsData, 'measured'>;
}

/** Limits of one measured value. */
export interface Goal {
  readonly name: string;
  readonly value: number;
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** Every file in bench/figures/ exports a function of this type. */
export type Measure = (options: { readonly quick: boolean }) => Figure | Promise<Figure>;

/** Reports whether the value is within its limits. NaN, which a missing measurement yields, is not. */
export function isReached({ value, atMost = Infinity, atLeast = -Infinity }: Goal): boolean {
  return value <= atMost && value >= atLeast;
}

/** Returns a line such as `ratio to undici, ESM: 0.21 (at most 1.00), reached`. */
export function describeGoal(goal: Goal): string {
  const { name, value, atMost, atLeast } = goal;
  const limits = [
    ...(atLeast === undefined ? [] : [`at least ${digits(atLeast)}`]),
    ...(atMost === undefined ? [] : [`at most ${digits(atMost)}`]),
  ].join(' and ');
  return `${name}: ${digits(value)} (${limits}), ${isReached(goal) ? 'reached' : 'MISSED'}`;
}
