import { expect, it } from 'vitest';
import { looksLikeToken } from '../../src/token/looks-like-token.ts';
import { randomSecret } from '../support/leaks.ts';

it.each([
  randomSecret(),
  randomSecret('pat-'),
  ` \n${randomSecret()}`,
  'sdk-a_b-c9',
  'eyJhbGciOiJIUzI1NiJ9.e30.x',
  '  eyJ_-a.',
])('%j is a token in the wrong place', (text) => {
  expect(looksLikeToken(text)).toBe(true);
});

it.each([
  'org-project-sdk-environment',
  'sdk-short',
  'sdk-',
  'sdk-!!!!!!',
  'pat-a.b.c.d',
  'my sdk-0123456789',
  'eyJ',
  'eyJ.',
  'eyJ!a.b',
  'x eyJhbGci.e30',
  '',
  undefined,
  null,
  42,
  ['sdk-0123456789'],
])('%j is none', (value) => {
  expect(looksLikeToken(value)).toBe(false);
});
