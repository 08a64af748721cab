import { Redactor } from '../../token/index.ts';

/** Shown in place of a name that may contain a secret. */
export const WITHHELD = '[name withheld]';

const NAME = /^[A-Za-z][\w.-]{0,39}$/;
const MAX_DIGITS = 2;
const MAX_WORD_LENGTH = 16;
const MIN_MEAN_WORD_LENGTH = 2.5;
/** Words have few consonants in a row. Random letters have many. */
const CONSONANTS = /[bcdfghjklmnpqrstvwxz]{5}/i;
/** Limit for the nested objects and lists that are read. */
const MAX_DEPTH = 32;

/** Returns whether a name consists of words. Random texts, numbers and long texts do not. */
function isReadable(name: string): boolean {
  if (!NAME.test(name) || name.replace(/\D/g, '').length > MAX_DIGITS) return false;
  const words = name.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/).filter((word) => word !== '');
  const meanLength = words.join('').length / words.length;
  return (
    (words.length === 1 || meanLength >= MIN_MEAN_WORD_LENGTH) &&
    words.every((word) => word.length <= MAX_WORD_LENGTH && !CONSONANTS.test(word))
  );
}

/**
 * Decides which names of fields and headers may be shown. A server can use a secret as a name, for
 * example in an object that has a field for each user.
 */
export class NameFilter {
  readonly #known: ReadonlySet<string>;
  readonly #redactor: Redactor;
  readonly #values = new Set<string>();

  /**
   * @param known - Names that are always shown.
   * @param secrets - Texts that no other name may contain.
   */
  constructor(known: Iterable<string>, secrets: readonly string[]) {
    this.#known = new Set(known);
    this.#redactor = new Redactor(secrets);
  }

  /** Withholds names that are equal to a text in this JSON value, such as the id of a workspace. */
  addValues(value: unknown, depth = 0): void {
    if (typeof value === 'string') this.#values.add(value.toLowerCase());
    if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return;
    for (const each of Object.values(value)) this.addValues(each, depth + 1);
  }

  /** Returns the name, or {@link WITHHELD}. */
  show(name: string): string {
    if (this.#known.has(name)) return name;
    const isSafe =
      isReadable(name) &&
      !this.#values.has(name.toLowerCase()) &&
      !this.#redactor.containsSecret(name);
    return isSafe ? name : WITHHELD;
  }
}
