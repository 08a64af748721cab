/** Shown in place of a name that may contain a secret. */
export const WITHHELD = '[name withheld]';

/** Words that may occur in names, besides those of the known names. None identifies a customer. */
const WORDS =
  `account action active actor add admin advertised agent algorithm alias all allowed amz and app
  application as audience auth authentication authority authorization auto available azp azure base
  batch before body byte can cause cf chain channel check cipher claim close code commit compact
  complete compress compression config connect consumer container cost count create creation
  creator current custom customer data database day default delay delete deleted deletion
  deployment description detail disabled dns domain email enable enabled encryption end engine
  entry env envoy event exp expiration expire expired expiry field file filter first flag folder
  for format forwarded from gateway git grant group header health host hour idempotent
  identification identifier idle index info instance ip ipv4 ipv6 is issuer jwt kafka keepalive
  kind label latency level library limit list load local locked log login max maximum member memory
  meta metadata method metric min minimum minute model ms namespace network new next not number
  oauth oauthbearer object of offset option order org organisation organization owner parent
  partition path period permission persist plan platform plugin port portal prefix previous primary
  private process producer profile project properties property provider public query quix quota
  rate ratelimit ray read ready reason receive received ref reference refresh region release
  remaining remote replica repo required reset resource response result retries revoked role
  rotated route rule schema scheme scope scram sdk second secondary secure send sent sequence
  service session shared sid size socket source standard start state store stream streaming style
  subject subscription synced system target team template tenant term tier time timeout timestamp
  title tls to token topic trace traceid transaction transactional unit unknown up update upstream
  uri url usage use used user uuid valid validation value verification view when write year`.split(
    /\s+/,
  );

const NAME = /^[\w.-]{1,60}$/;

/** Returns the words of a name in lower case. An upper-case letter can begin a word. */
const wordsOf = (name: string): string[] =>
  name
    .split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());

const join = (words: readonly string[]): string => `-${words.join('-')}-`;

/**
 * Decides which names of fields and headers may be shown. A server can use a secret as a name, for
 * example in an object that has a field for each user.
 */
export class NameFilter {
  readonly #known: ReadonlySet<string>;
  readonly #words: ReadonlySet<string>;
  /**
   * Values of several listed words. A name that contains another word is never shown, and a single
   * listed word identifies nobody.
   */
  readonly #values = new Set<string>();

  /** @param known - Names that are always shown. */
  constructor(known: Iterable<string>) {
    this.#known = new Set(known);
    this.#words = new Set([...WORDS, ...[...this.#known].flatMap(wordsOf)]);
  }

  /** Withholds names that contain a string of this JSON value, or a part of one, such as a host name. */
  addValues(json: unknown): void {
    const values = [json];
    // The loop also visits the values that it adds. Recursion could overflow the stack.
    for (const value of values) {
      if (typeof value === 'object' && value !== null) {
        for (const each of Object.values(value)) values.push(each);
      }
      if (typeof value !== 'string') continue;
      for (const text of [value, ...value.split(/[,:@./]/)]) {
        const words = wordsOf(text);
        if (words.length > 1 && this.#areListed(words)) this.#values.add(join(words));
      }
    }
  }

  isKnown(name: string): boolean {
    return this.#known.has(name);
  }

  /** Returns the name, or {@link WITHHELD}. */
  redact(name: string): string {
    if (this.isKnown(name)) return name;
    const words = wordsOf(name);
    const isSafe =
      NAME.test(name) &&
      this.#areListed(words) &&
      ![...this.#values].some((value) => join(words).includes(value));
    return isSafe ? name : WITHHELD;
  }

  /** Returns whether there are words, and all of them or their singular forms are in the list. */
  #areListed(words: readonly string[]): boolean {
    const isListed = (word: string): boolean => this.#words.has(word);
    return (
      words.length > 0 && words.every((word) => isListed(word) || isListed(word.replace(/s$/, '')))
    );
  }
}
