/** Shown in place of a name that may contain a secret. */
export const WITHHELD = '[name withheld]';

/** Words in names of fields and headers. None of them identifies a customer. */
const WORDS: ReadonlySet<string> = new Set(
  `access account action active actor add address admin advertised after age agent algorithm alias
  all allowed amz and api app application as at audience auth authentication authority
  authorization auto available azp azure base batch before body bootstrap branch broker by byte
  bytes ca cache can cause cert certificate cf chain channel check cipher claim class cleanup
  client close cloud cluster code commit compact complete compress compression config configuration
  confluent connect connection consumer container content context correlation cost count create
  created creation creator current custom customer data database date day default delay delete
  deleted deletion deployment description detail disabled dns domain email enable enabled encoding
  encryption end endpoint engine entry env environment envoy error event exp expiration expire
  expired expiry external factor field file filter first flag folder for format forwarded from
  gateway git grant group has header health host hour id idempotent identification identifier idle
  in index info instance ip ipv4 ipv6 is issuer jwt kafka keepalive key kind label last latency
  length level library limit list load local location locked log login max maximum mechanism member
  memory message meta metadata method metric min minimum minute mode model modified ms name
  namespace network new next not number oauth oauthbearer object of offset option order org
  organisation organization origin owner parent partition partner password path pem period
  permission persist persisted plan platform plugin policy port portal prefix previous primary
  private process producer profile project properties property protected protocol provider public
  query quix quota rate ratelimit ray read ready reason receive received ref reference refresh
  region release remaining remote replica replication repo repository request required reset
  resource response rest result retention retries retry revoked role rotated route rule sasl schema
  scheme scope scram sdk second secondary secret secure security send sent sequence server service
  session set settings shared sid size socket source ssl sso standard start state status storage
  store stream streaming style subject subscription sync synced system target team template tenant
  term tier time timeout timestamp title tls to token topic trace traceid transaction transactional
  transfer type unit unknown up update updated upstream uri url usage use used user username uuid
  valid validation value verification version via view when workspace write x year`.split(/\s+/),
);

const NAME = /^[\w.-]{1,60}$/;
/** Limit for the nested objects and arrays that are read. */
const MAX_DEPTH = 32;

/** Returns the words of a name in lower case. An upper-case letter can begin a word. */
const wordsOf = (name: string): string[] =>
  name
    .split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());

/** Returns whether there are words, and all of them or their singular forms are in the list. */
const areListed = (words: readonly string[]): boolean =>
  words.length > 0 && words.every((word) => WORDS.has(word) || WORDS.has(word.replace(/s$/, '')));

const join = (words: readonly string[]): string => `-${words.join('-')}-`;

/**
 * Decides which names of fields and headers may be shown. A server can use a secret as a name, for
 * example in an object that has a field for each user.
 */
export class NameFilter {
  readonly #known: ReadonlySet<string>;
  /** Values of several listed words. Other values cannot be part of a name that is shown. */
  readonly #values = new Set<string>();

  /** @param known - Names that are always shown. */
  constructor(known: Iterable<string>) {
    this.#known = new Set(known);
  }

  /** Withholds names that contain a string of this JSON value, or a part of one, such as a host. */
  addValues(value: unknown, depth = 0): void {
    if (typeof value === 'string') {
      for (const text of [value, ...value.split(/[,:@]/)]) {
        const words = wordsOf(text);
        if (words.length > 1 && areListed(words)) this.#values.add(join(words));
      }
    }
    if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return;
    for (const each of Object.values(value)) this.addValues(each, depth + 1);
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
      areListed(words) &&
      ![...this.#values].some((value) => join(words).includes(value));
    return isSafe ? name : WITHHELD;
  }
}
