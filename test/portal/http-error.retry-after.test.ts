import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from '../../src/portal/http-error.ts';

const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT';
const DAY_MS = 86_400_000;
const inYears = (from: string, to: string) =>
  fc
    .date({ min: new Date(from), max: new Date(to), noInvalidDate: true })
    .map((date) => new Date(Math.floor(date.getTime() / 1000) * 1000));

describe('parseRetryAfter', () => {
  it.each([
    ['0', 0],
    ['5', 5_000],
    [' 120 ', 120_000],
    ['86400', DAY_MS],
    ['007', 7_000],
  ])('reads %j as whole seconds', (value, ms) => {
    expect(parseRetryAfter(value, undefined)).toBe(ms);
  });

  it.each<[string | string[] | undefined]>([
    [undefined],
    [''],
    [' '],
    ['soon'],
    ['-3'],
    ['+3'],
    ['1.5'],
    ['1e9'],
    ['0x10'],
    ['1000abc'],
    ['1 000'],
    ['5, 5'],
    ['5s'],
    ['٥'],
    ['５'],
    ['99999999999'],
    ['Infinity'],
    ['NaN'],
    ['null'],
    ['Invalid Date'],
    [['5', '6']],
    [['5']],
    ['1994-11-06T08:49:37Z'],
    ['Sunday, 06-Nov-94 08:49:37 GMT'],
    ['Sun Nov  6 08:49:37 1994'],
    ['Sun, 06 Nov 1994 08:49:37'],
    ['Sun, 06 Nov 1994 08:49:37 UTC'],
    ['Sun, 06 Nov 1994 08:49:37 +0000'],
    ['Sun, 6 Nov 1994 08:49:37 GMT'],
    ['sun, 06 nov 1994 08:49:37 gmt'],
    ['Mon, 06 Nov 1994 08:49:37 GMT'],
    ['Sun, 06 Nov 94 08:49:37 GMT'],
    ['Thu, 31 Feb 2030 00:00:00 GMT'],
    ['Sun, 06 Nov 1994 24:00:00 GMT'],
    ['Sun, 06 Nov 1994 08:61:37 GMT'],
    ['Sun, 06 Nov 1994 08:49:37 GMT, 5'],
    ['(5) Sun, 06 Nov 1994 08:49:37 GMT'],
  ])('ignores %j', (value) => {
    expect(parseRetryAfter(value, undefined)).toBeUndefined();
  });

  it('compares a date with the date of the response', () => {
    const later = 'Sun, 06 Nov 1994 08:50:07 GMT';
    expect(parseRetryAfter(later, DATE)).toBe(30_000);
  });

  it('returns 0 for a date in the past', () => {
    expect(parseRetryAfter(DATE, 'Sun, 06 Nov 1994 09:00:00 GMT')).toBe(0);
    expect(parseRetryAfter(DATE, undefined)).toBe(0);
  });

  it.each<[string | string[] | undefined]>([
    [undefined],
    ['yesterday'],
    ['Thu, 31 Feb 2030 00:00:00 GMT'],
    [[DATE, DATE]],
  ])(
    'compares a date with the clock of this machine when the date of the response is %j',
    (date) => {
      const inAMinute = new Date(Math.ceil(Date.now() / 1000) * 1000 + 60_000).toUTCString();
      const ms = parseRetryAfter(inAMinute, date);
      expect(ms).toBeGreaterThan(58_000);
      expect(ms).toBeLessThanOrEqual(61_000);
    },
  );

  it('returns the time between two dates, at least 0', () => {
    fc.assert(
      fc.property(
        inYears('1970-01-01', '9999-12-31'),
        inYears('1970-01-01', '9999-12-31'),
        (until, date) => {
          expect(parseRetryAfter(until.toUTCString(), date.toUTCString())).toBe(
            Math.max(0, until.getTime() - date.getTime()),
          );
        },
      ),
    );
  });

  it('accepts only digits and dates in the format of toUTCString()', () => {
    const nearlyDates = fc
      .tuple(inYears('1990-01-01', '2090-01-01'), fc.nat(28), fc.string({ maxLength: 2 }))
      .map(([date, at, text]) => {
        const written = date.toUTCString();
        return written.slice(0, at) + text + written.slice(at + text.length);
      });
    fc.assert(
      fc.property(fc.oneof(fc.string(), nearlyDates, fc.double().map(String)), (value) => {
        const ms = parseRetryAfter(value, undefined);
        const isDigits = /^\s*[0-9]{1,9}\s*$/.test(value);
        const isDate =
          value.trim() === new Date(value.trim()).toUTCString() && value.includes('GMT');
        expect(ms !== undefined).toBe(isDigits || isDate);
        if (ms !== undefined) expect(ms).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
