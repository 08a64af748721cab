type HeaderValue = string | string[] | undefined;

function parseHttpDate(value: HeaderValue): number | undefined {
  if (typeof value !== 'string') return undefined;
  const time = Date.parse(value);
  // Date.parse accepts many other formats, and turns 31 February into March. toUTCString() writes
  // an IMF-fixdate.
  return Number.isNaN(time) || new Date(time).toUTCString() !== value ? undefined : time;
}

/**
 * Returns the milliseconds to wait according to `Retry-After`, which is whole seconds or an
 * IMF-fixdate. Returns `undefined` for anything else. A date is compared with the `Date` of the
 * response, so that a wrong clock on this machine has no effect. A date in the past is 0.
 */
export function parseRetryAfter(value: HeaderValue, date: HeaderValue): number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const time = parseHttpDate(text);
  if (time === undefined) return undefined;
  return Math.max(0, time - (parseHttpDate(date) ?? Date.now()));
}
