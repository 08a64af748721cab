/** Anything in a text that has the shape of a token. Long texts are searched in linear time. */
const TOKEN_SHAPES = /\b(?:sdk|pat)-[\w-]{6,}|\beyJ[\w-]{6,}(?:\.[\w-]*)*|\bBearer\s+\S+/gi;
/** Long runs of letters and digits. They may be encoded secrets. */
const LONG_RUNS = /[A-Za-z0-9+/=_]{24,}/g;
/** Everything but letters, marks, numbers, punctuation, symbols and the space. */
const UNPRINTABLE = /(?:(?! )[\p{C}\p{Z}])+/gu;

const MAX_TEXT_LENGTH = 300;
/** Only the beginning of a long text is searched, and only the beginning of that part is shown. */
const MAX_SEARCHED_LENGTH = 65_536;
const MAX_SHOWN_LENGTH = 4_096;
/** Short secrets and words such as "password" are not searched for. They occur in ordinary text. */
const ORDINARY = /^(?:.{0,7}|[a-z]{0,11})$/is;
/** Escaped bytes in URLs and source code, such as `%73`, `\x73` and `\u0073`. */
const ESCAPED_BYTE = /(?:%|\\x|\\u00)([0-9a-f]{2})/gi;

/** Replaces everything in a text that has the shape of a token. */
export const redactTokens = (text: string): string => text.replace(TOKEN_SHAPES, '[redacted]');

/** Removes the differences between upper and lower case, and between base64 and base64url. */
const normalize = (text: string): string =>
  text.toLowerCase().replaceAll('-', '+').replaceAll('_', '/');

/**
 * Returns the three possible base64 encodings of a secret inside a longer text. Base64 encodes
 * groups of three bytes, so the digits depend on the position in a group. The digits at both ends
 * are left out, because they also encode neighbouring bytes.
 */
function base64Forms(secret: string): string[] {
  return [0, 1, 2].map((offset) => {
    const bytes = Buffer.from(' '.repeat(offset) + secret);
    const digits = bytes.toString('base64');
    return digits.slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
  });
}

/** Removes secrets from texts of a server. The constructor computes all forms of the secrets. */
export class Redactor {
  readonly #forms: readonly string[];
  readonly #hexForms: readonly string[];

  constructor(secrets: readonly string[]) {
    const searched = secrets
      .filter((secret) => !ORDINARY.test(secret))
      .map((secret) => Buffer.from(secret).toString()); // replaces lone surrogates, which encodeURIComponent() rejects
    this.#forms = searched
      .flatMap((secret) => [secret, encodeURIComponent(secret), ...base64Forms(secret)])
      .map(normalize);
    this.#hexForms = searched.map((secret) => Buffer.from(secret).toString('hex'));
  }

  /**
   * Returns whether a text contains a secret. Ignores case. Also finds a secret that is escaped or
   * URL-encoded, that is part of a base64 text, or that is written as hexadecimal digits with any
   * separators. Decoding the text can destroy a secret that follows a "%", so the URL-encoded form
   * of the secret is searched for too.
   */
  containsSecret(text: string): boolean {
    if (this.#forms.length === 0) return false;
    const decoded = text.replace(ESCAPED_BYTE, (_, hex: string) =>
      String.fromCharCode(parseInt(hex, 16)),
    );
    const texts = (decoded === text ? [text] : [text, decoded]).map(normalize);
    if (this.#forms.some((form) => texts.some((each) => each.includes(form)))) return true;
    const digits = text.toLowerCase().replace(/0x|[^0-9a-f]+/g, '');
    return this.#hexForms.some((form) => digits.includes(form));
  }

  /** Makes a text printable and short. Returns `undefined` if it contains a secret. */
  cleanText(text: string): string | undefined {
    // The text may contain the token in a second, unknown form, so all of it is dropped.
    if (this.containsSecret(text.slice(0, MAX_SEARCHED_LENGTH))) return undefined;
    const printable = text
      .slice(0, MAX_SHOWN_LENGTH)
      .replace(UNPRINTABLE, ' ')
      .replace(TOKEN_SHAPES, '[redacted]')
      .replace(LONG_RUNS, '[redacted]')
      .trim();
    if (printable === '') return undefined;
    return printable.length > MAX_TEXT_LENGTH
      ? `${printable.slice(0, MAX_TEXT_LENGTH)}…`
      : printable;
  }

  /** Returns an id, or `undefined` if it has an unusual form or contains a secret. */
  cleanId(id: string): string | undefined {
    const isUsual = /^[\w.:-]{1,128}$/.test(id) && id.search(TOKEN_SHAPES) < 0;
    return isUsual && !this.containsSecret(id) ? id : undefined;
  }
}
