import { UsageError } from './usage-error.ts';

/** The options of one call, as they were given. */
export class Values {
  readonly #given: ReadonlyMap<string, readonly string[]>;

  /** @param given - The values of each option; that of a switch is the empty text. */
  constructor(given: ReadonlyMap<string, readonly string[]>) {
    this.#given = given;
  }

  has(name: string): boolean {
    return this.#given.has(name);
  }

  /** The last one wins, as with most commands. */
  text(name: string): string | undefined {
    return this.#given.get(name)?.at(-1);
  }

  all(name: string): readonly string[] {
    return this.#given.get(name) ?? [];
  }

  /** @throws UsageError when it is no number in the range */
  number(name: string, least: number, most: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
    if (number >= least && number <= most) return number;
    throw new UsageError(`--${name} is not a number from ${least} to ${most}.`);
  }

  /** @throws UsageError when it is none of the choices */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.text(name);
    const choice = choices.find((each) => each === text);
    if (text === undefined || choice !== undefined) return choice;
    throw new UsageError(`--${name} is none of: ${choices.join(', ')}.`);
  }
}
