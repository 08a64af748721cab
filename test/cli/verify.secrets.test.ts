import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jwt } from '../support/jwt.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import type { DifferentAnswer } from '../support/different-portal.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { changePortal, findingsOf, reportOf, verify } from './run-verify.ts';
import { temporaryFolder } from './temporary-folder.ts';

closeAfterEach();
const folder = temporaryFolder();

/** Replaces all values of JSON by a secret, except those that `isKept` accepts. */
function replaceValues(value: unknown, secret: string, isKept: (key: string) => boolean): unknown {
  if (Array.isArray(value)) return value.map((each) => replaceValues(each, secret, isKept));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [
        key,
        isKept(key) ? each : replaceValues(each, secret, isKept),
      ]),
    );
  }
  return typeof value === 'string' ? secret : value;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Secrets in the forms in which a server may send them. */
const createSecrets = (): string[] => [
  randomSecret(),
  randomSecret('pat-'),
  randomSecret(''),
  randomSecret('Pw.'),
  jwt({ sub: randomSecret('') }),
  base64(randomSecret('')),
  encodeURIComponent(`${randomSecret('pass word/')}?`),
];

/** Puts secrets into values, keys, nested keys and headers of an answer. */
function poison(
  answer: DifferentAnswer,
  secrets: readonly string[],
  isKept: (key: string) => boolean,
) {
  for (const secret of secrets) {
    const body = replaceValues(answer.body, secret, isKept);
    if (typeof body === 'object' && body !== null) {
      for (const entry of [body].flat() as Record<string, unknown>[]) {
        entry[secret] = secret;
        entry[base64(secret)] = [secret];
        entry['users'] = { [secret]: { password: secret, [`${secret}\u001b[31m`]: 1 } };
        entry['secret'] = secret;
      }
      answer.body = body;
    }
  }
  answer.headers['server'] = secrets[0] ?? '';
  answer.headers['etag'] = `"${secrets[2] ?? ''}"`;
  answer.headers[secrets[1] ?? ''] = secrets[2] ?? '';
  answer.headers[`x-${secrets[2] ?? ''}`] = secrets[3] ?? '';
  answer.headers['retry-after'] = secrets[4] ?? '';
}

const KEPT = (key: string): boolean => ['workspaceId', 'id', 'name'].includes(key);

describe('the output and the report of quix-auth verify', () => {
  it.each([
    ['keeps ids, so that all requests are sent', KEPT],
    ['replaces all texts', () => false],
  ])('contain no secret of a hostile Portal that %s', async (_, isKept) => {
    const secrets = createSecrets();
    const portal = await startPortal({ topics: ['f1-data'] });
    const { url } = await changePortal(portal, (answer) => {
      poison(answer, secrets, isKept);
    });
    const options = { env: { Quix__Portal__Api: url }, cwd: folder() };
    const all = [...secrets, portal.token1, portal.token2];
    const printed = await verify(portal, ['--output', 'report.json'], options);
    const report = readFileSync(join(folder(), 'report.json'), 'utf8');
    expectNoLeak(printed, all);
    expectNoLeak(report, all);
    expectNoLeak(await verify(portal, ['--json'], options), all);
    expect(printed.code).toBe(1);
    expect(report).toContain('[name withheld]');
    expect(findingsOf(printed, 'headers')).toEqual(['+ the header [name withheld] is new']);
  });

  it('contain no secret in content types, encodings, redirects, web pages and texts', async () => {
    const secrets = createSecrets();
    const [one = '', two = '', three = '', four = ''] = secrets;
    const portal = await startPortal({ topics: ['f1-data'] });
    const { url } = await changePortal(portal, (answer, { path, token }) => {
      if (path.endsWith('/librdkafka')) answer.headers['content-encoding'] = three;
      else if (path.endsWith('/topics')) answer.body = `<html>${one}`;
      else if (path.endsWith('/details')) answer.body = JSON.stringify(two);
      else if (path.endsWith('/org-project-dev')) answer.body = `${two} `;
      else if (path.endsWith('/query')) answer.headers['content-type'] = `text/${four}; a=${one}`;
      else if (token !== portal.token1) {
        answer.status = 302;
        answer.headers['location'] = `https://${three}.example/${one}?token=${two}`;
      }
    });
    const options = { env: { Quix__Portal__Api: url }, cwd: folder() };
    const printed = await verify(portal, ['--output', 'report.json'], options);
    const all = [...secrets, portal.token1, portal.token2];
    expectNoLeak(printed, all);
    expectNoLeak(readFileSync(join(folder(), 'report.json'), 'utf8'), all);
    expect(findingsOf(printed, 'token-details')).toEqual([
      '✗ the body is text in place of an object',
    ]);
    expect(findingsOf(printed, 'workspace')).toEqual(['✗ the body is text in place of JSON']);
    expect(findingsOf(printed, 'topics')).toEqual(['✗ the body is HTML in place of JSON']);
    expect(findingsOf(printed, 'broker-settings')).toEqual([
      '✗ the body is unreadable in place of JSON',
    ]);
    expect(findingsOf(printed, 'permission')).toEqual([
      '✗ the content type is an uncommon one in place of application/json',
    ]);
  });

  it('contain no secret of a hostile OpenAPI document', async () => {
    const secrets = createSecrets();
    const portal = await startPortal();
    const { url } = await changePortal(portal, (answer, { path }) => {
      if (!path.endsWith('/swagger.json')) return;
      const properties = Object.fromEntries(secrets.map((secret) => [secret, { type: secret }]));
      const schema = { type: 'array', items: { properties } };
      const content = { 'application/json': { schema } };
      answer.status = 200;
      answer.body = {
        paths: {
          '/workspaces': { get: { responses: { 200: { content } } } },
          ...Object.fromEntries(secrets.map((secret) => [`/${secret}`, { get: {} }])),
        },
      };
    });
    const options = { env: { Quix__Portal__Api: url }, cwd: folder() };
    const printed = await verify(portal, ['--output', 'report.json'], options);
    expectNoLeak(printed, secrets);
    expectNoLeak(readFileSync(join(folder(), 'report.json'), 'utf8'), secrets);
    expect(findingsOf(printed, 'openapi').join()).toContain('[].[name withheld] is new');
  });

  it('arrive soon for an OpenAPI schema that refers to itself many times', async () => {
    const portal = await startPortal();
    const self = { $ref: '#/components/schemas/Self' };
    const names = Array.from({ length: 200 }, (_, i) => `field${i}`);
    const { url } = await changePortal(portal, (answer, { path }) => {
      if (!path.endsWith('/swagger.json')) return;
      const get = { responses: { 200: { content: { 'application/json': { schema: self } } } } };
      const properties = Object.fromEntries(names.map((name) => [name, self]));
      answer.status = 200;
      answer.body = {
        paths: { '/workspaces': { get } },
        components: { schemas: { Self: { type: 'constructor', properties } } },
      };
    });
    const started = performance.now();
    const result = await verify(portal, [], { env: { Quix__Portal__Api: url } });
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(findingsOf(result, 'openapi').length).toBeGreaterThan(2);
    expect(result.stdout).not.toContain('function');
  });

  it('stay short for an object with thousands of fields', async () => {
    const portal = await startPortal();
    const { url } = await changePortal(portal, (answer, { path }) => {
      if (!path.endsWith('/details')) return;
      answer.body = Object.fromEntries(
        Array.from({ length: 5_000 }, (_, i) => [`field${'abcdefghij'.charAt(i % 10)}${i}`, i]),
      );
    });
    const result = await verify(portal, ['--json'], { env: { Quix__Portal__Api: url } });
    expect(result.stdout.length).toBeLessThan(100_000);
    const { checks } = reportOf(result);
    const { findings = [] } = checks.find(({ id }) => id === 'token-details') ?? {};
    expect(findings.at(-1)?.text).toMatch(/^\[name withheld\] is new \(number, \d{4} fields\)$/);
  });
});
