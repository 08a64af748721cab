import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jwt } from '../support/jwt.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import type { Change, DifferentResponse } from '../support/different-portal.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { changePortal, findingsOf, reportOf, verify } from './run-verify.ts';
import { temporaryFolder } from './temporary-folder.ts';

closeAfterEach();
const folder = temporaryFolder();

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Functions that return a secret in the forms in which a server may send it. */
const FORMS: readonly (() => string)[] = [
  () => randomSecret(),
  () => randomSecret('pat-'),
  () => randomSecret(''),
  () => randomSecret('Pw.'),
  () => jwt({ sub: randomSecret('') }),
  () => base64(randomSecret('')),
  () => encodeURIComponent(`${randomSecret('pass word/')}?`),
];

/** Replaces each string of JSON by a secret of its own, except the values of the kept keys. */
function replaceStrings(value: unknown, create: () => string, kept: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((each) => replaceStrings(each, create, kept));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [
        key,
        kept.includes(key) ? each : replaceStrings(each, create, kept),
      ]),
    );
  }
  return typeof value === 'string' ? create() : value;
}

/** Puts a different secret into each value, and into keys, nested keys and headers. */
function poison(response: DifferentResponse, create: () => string, kept: readonly string[]): void {
  response.body = replaceStrings(response.body, create, kept);
  if (typeof response.body === 'object' && response.body !== null) {
    for (const entry of [response.body].flat() as Record<string, unknown>[]) {
      entry[create()] = create();
      entry[base64(create())] = [create()];
      entry[`data.${create()}`] = { [create()]: { [`${create()}\u001b[31m`]: create() } };
    }
  }
  for (const name of ['server', 'etag', 'retry-after']) response.headers[name] = create();
  // The name of a header cannot contain these characters.
  const createName = (): string => create().replace(/[=/]/g, '');
  response.headers[createName()] = create();
  response.headers[`x-${createName()}`] = create();
}

/** Runs the command against a changed Portal. Returns what it prints and writes. */
async function outputsOf(change: Change) {
  const portal = await startPortal({ topics: ['f1-data'] });
  const { url } = await changePortal(portal, change);
  const options = { env: { Quix__Portal__Api: url }, cwd: folder() };
  const printed = await verify(portal, ['--output', 'report.json'], options);
  const report = readFileSync(join(folder(), 'report.json'), 'utf8');
  return { portal, printed, report };
}

describe('the output and the report of quix-auth verify', () => {
  it.each([
    ['keeps ids, so that all requests are sent', ['workspaceId', 'id', 'name']],
    ['replaces all strings', []],
  ])('contain no secret of a hostile Portal that %s', async (_, kept) => {
    const secrets: string[] = [];
    const create = (): string => {
      const secret = FORMS[secrets.length % FORMS.length]?.() ?? '';
      secrets.push(secret);
      return secret;
    };
    const { portal, printed, report } = await outputsOf((response) => {
      poison(response, create, kept);
    });
    expect(secrets.length).toBeGreaterThan(200);
    expectNoLeak({ printed, report }, [...secrets, portal.token1, portal.token2]);
    expect(printed.code).toBe(1);
    expect(report).toContain('[name withheld]');
    expect(findingsOf(printed, 'headers')).toEqual(['+ the header [name withheld] is new']);
  });

  it('contain no name or value that identifies the customer', async () => {
    const words = ['Passw0rd', 'alice', 'kafka-acme', 'acme.com', 'org-project-dev', 'f1-data'];
    const { portal, report } = await outputsOf((response, { path }) => {
      const keys = words.flatMap((word) => [word, `x-${word}`, `${word}.retention`, `${word}Id`]);
      for (const key of keys) response.headers[key] = 'alice@acme.com';
      if (typeof response.body !== 'object' || response.body === null) return;
      for (const entry of [response.body].flat() as Record<string, unknown>[]) {
        Object.assign(entry, Object.fromEntries(keys.map((key) => [key, 'kafka-acme.com:9093'])));
        if (path.endsWith('/librdkafka')) entry['sasl.password'] = 'Passw0rd';
      }
    });
    const [broker = ''] = portal.workspaces.get('org-project-dev')?.broker.brokers ?? [];
    for (const word of [...words, broker, '127.0.0.1', portal.url])
      expect(report).not.toContain(word);
  });

  it('contain no configured environment that is in no response', async () => {
    const portal = await startPortal();
    portal.faults.push({ status: 503, times: 40 });
    const { url } = await changePortal(portal, (response) => {
      response.headers['x-team-data-topic'] = '1';
    });
    const env = { Quix__Portal__Api: url, Quix__Workspace__Id: 'team-data' };
    const { stdout } = await verify(portal, ['--json'], { env });
    expect(stdout).not.toContain('team-data');
    expect(stdout).toContain('[name withheld]');
  });

  it('contain no secret in content types, encodings, redirects, web pages and strings', async () => {
    const secrets = FORMS.map((form) => form());
    const [one = '', two = '', three = '', four = ''] = secrets;
    const { portal, printed, report } = await outputsOf((response, { path, token }) => {
      if (path.endsWith('/librdkafka')) response.headers['content-encoding'] = three;
      else if (path.endsWith('/topics')) response.body = `<html>${one}`;
      else if (path.endsWith('/details')) response.body = JSON.stringify(two);
      else if (path.endsWith('/org-project-dev')) response.body = `${two} `;
      else if (path.endsWith('/query')) response.headers['content-type'] = `text/${four}; a=${one}`;
      else if (token === undefined) {
        response.status = 302;
        response.headers['location'] = `https://${three}.example/${one}?token=${two}`;
      }
    });
    expectNoLeak({ printed, report }, [...secrets, portal.token1, portal.token2]);
    expect(findingsOf(printed, 'token-details')).toEqual([
      '+ the body is a string, expected an object',
    ]);
    expect(findingsOf(printed, 'workspace')).toEqual(['✗ the body is text, expected JSON']);
    expect(findingsOf(printed, 'topics')).toEqual(['✗ the body is HTML, expected JSON']);
    expect(findingsOf(printed, 'broker-settings')).toEqual(['✗ the body cannot be decoded']);
    expect(findingsOf(printed, 'permission')).toEqual([
      '✗ the content type is other, expected application/json',
    ]);
  });

  it('contain no secret in broker settings that the client rejects or ignores', async () => {
    const secret = randomSecret('');
    for (const settings of [
      { 'sasl.mechanism': secret.slice(0, 20).toUpperCase(), 'sasl.password': null },
      { 'sasl.mechanism': secret.slice(0, 20) },
      { 'security.protocol': secret },
      { 'bootstrap.servers': `${secret}:port` },
      { [`plugin.${secret}`]: 1, [secret]: {} },
    ]) {
      const { printed, report } = await outputsOf((response, { path }) => {
        if (path.endsWith('/librdkafka')) Object.assign(response.body as object, settings);
      });
      expectNoLeak({ printed, report }, [secret]);
      expect(findingsOf(printed, 'broker-settings').length).toBeGreaterThan(1);
    }
  });

  it('contain no secret of a hostile OpenAPI document', async () => {
    const secrets = FORMS.map((form) => form());
    const { printed, report } = await outputsOf((response, { path }) => {
      if (!path.endsWith('/swagger.json')) return;
      const properties = Object.fromEntries(secrets.map((secret) => [secret, { type: secret }]));
      const schema = { type: 'array', items: { properties } };
      const content = { 'application/json': { schema } };
      response.status = 200;
      response.body = {
        paths: {
          '/workspaces': { get: { responses: { 200: { content } } } },
          ...Object.fromEntries(secrets.map((secret) => [`/${secret}`, { get: {} }])),
        },
      };
    });
    expectNoLeak({ printed, report }, secrets);
    expect(findingsOf(printed, 'openapi').join()).toContain('[].[name withheld] is new');
  });

  it('limits the number of listed fields', async () => {
    const portal = await startPortal();
    const { url } = await changePortal(portal, (response, { path }) => {
      if (!path.endsWith('/details')) return;
      response.body = Object.fromEntries(
        Array.from({ length: 5_000 }, (_, i) => [
          `id${'-id'.repeat(i % 10)}${'.id'.repeat(i % 7)}_${i}`,
          i,
        ]),
      );
    });
    const result = await verify(portal, ['--json'], { env: { Quix__Portal__Api: url } });
    expect(result.stdout.length).toBeLessThan(100_000);
    const { checks } = reportOf(result);
    const { findings = [] } = checks.find(({ id }) => id === 'token-details') ?? {};
    expect(findings.at(-1)?.text).toMatch(/^\[name withheld\] is new \(number, \d{4} fields\)$/);
  });
});
