type HeaderValue = string | string[] | undefined;

function parseHttpDate(value: HeaderValue): number | undefined {
  if (typeof value !== 'string') return undefined;
  const time = Date.parse(value);
  // Date.parse() also accepts other formats and dates such as 31 February. Only the HTTP date
  // format stays the same in toUTCString().
  return Number.isNaN(time) || new Date(time).toUTCString() !== value ? undefined : time;
}

/**
 * Returns the milliseconds to wait according to the header `Retry-After`. The header contains
 * seconds or an HTTP date. Any other value returns `undefined`, and a date in the past returns 0.
 *
 * @param date - The header `Date` of the response. Dates are compared with it, because the clock of
 * this machine may be wrong.
 */
export function parseRetryAfter(value: HeaderValue, date: HeaderValue): number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const time = parseHttpDate(text);
  if (time === undefined) return undefined;
  return Math.max(0, time - (parseHttpDate(date) ?? Date.now()));
}
