type HeaderValue = string | string[] | undefined;

function parseHttpDate(value: HeaderValue): number | undefined {
  if (typeof value !== 'string') return undefined;
  const time = Date.parse(value);
  // toUTCString() writes an IMF-fixdate; Date.parse alone takes much else, and 31 February for March.
  return Number.isNaN(time) || new Date(time).toUTCString() !== value ? undefined : time;
}

/**
 * Milliseconds to wait according to `Retry-After`: whole seconds or an IMF-fixdate, anything else is
 * `undefined` (`Date.parse` alone would take "120" for a year). A date is compared with the answer's
 * own `Date`, so a wrong clock on this machine does no harm; one in the past is 0.
 */
export function parseRetryAfter(value: HeaderValue, date: HeaderValue): number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const time = parseHttpDate(text);
  if (time === undefined) return undefined;
  return Math.max(0, time - (parseHttpDate(date) ?? Date.now()));
}
