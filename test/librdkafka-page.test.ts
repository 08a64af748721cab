import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isQuoted, quotesOf } from './support/quoted-files.ts';

const page = readFileSync(new URL('../docs/librdkafka.md', import.meta.url), 'utf8');
const quotes = quotesOf(page);

it('docs/librdkafka.md shows how to replace a producer and a consumer', () => {
  expect(quotes.map(({ path }) => path)).toEqual(Array(2).fill('examples/librdkafka.mjs'));
});

it.each(quotes)('docs/librdkafka.md shows consecutive lines of $path', (quote) => {
  expect(isQuoted(quote), quote.code).toBe(true);
});
