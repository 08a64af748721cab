import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { startConnectProxy, tunnelTo } from '../support/connect-proxy.ts';
import { randomSecret } from '../support/leaks.ts';
import { asked, closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { runCli, unwrap } from './run-cli.ts';
import { changePortal, findingsOf, reportOf, verify } from './run-verify.ts';
import { temporaryFolder } from './temporary-folder.ts';

closeAfterEach();
const folder = temporaryFolder();

/** Checks that the emulator cannot answer, with the reason. */
const NOT_CHECKED = {
  openapi: 'the document is not available (status 401)',
  'retry-after': 'no answer has this header',
  tls: 'the Portal URL uses http',
};

const unchecked = (result: Awaited<ReturnType<typeof verify>>): Record<string, string> =>
  Object.fromEntries(
    reportOf(result)
      .checks.filter(({ outcome }) => outcome === 'not checked')
      .map(({ id, detail }) => [id, detail]),
  );

describe('quix-auth verify', () => {
  it('finds the emulator as assumed, except for what the emulator does not have', async () => {
    const portal = await startPortal({ topics: ['f1-data'] });
    const result = await verify(portal, ['--json']);
    expect(result.code).toBe(0);
    expect(reportOf(result).counts).toMatchObject({ differs: 0, new: 0 });
    expect(unchecked(result)).toEqual(NOT_CHECKED);
  });

  it.each(['json-string', 'text'] as const)(
    'finds errors with the shape %s as assumed',
    async (errorShape) => {
      const portal = await startPortal({ topics: ['f1-data'], errorShape });
      const result = await verify(portal, ['--json']);
      expect(reportOf(result).counts).toMatchObject({ differs: 0, new: 0 });
    },
  );

  it.each([
    ['a broker with a certificate authority', 'SASL_SSL', true],
    ['a broker without a login', 'PLAINTEXT', false],
  ] as const)('finds %s as assumed', async (_, securityProtocol, hasCa) => {
    const ca = hasCa ? (await createCertificateAuthority()).certificate : '';
    const portal = await startPortal({ broker: { securityProtocol, ca, clientId: 'quix' } });
    const result = await verify(portal, ['--json']);
    expect(reportOf(result).counts).toMatchObject({ differs: 0, new: 0 });
    expect(unchecked(result)).toEqual({ ...NOT_CHECKED, topic: 'no topic was found' });
  });

  it('sends at most 20 requests, all of them GET, one at a time', async () => {
    const portal = await startPortal({ topics: ['f1-data'] });
    const different = await changePortal(portal, () => undefined);
    const env = { Quix__Portal__Api: different.url };
    const { requests } = reportOf(await verify(portal, ['--json'], { env }));
    expect(different.requests).toHaveLength(requests);
    expect(requests).toBeGreaterThan(10);
    expect(requests).toBeLessThanOrEqual(20);
    expect(different.requests.filter((request) => !request.startsWith('GET '))).toEqual([]);
    expect(different.mostConcurrent).toBe(1);
    expect([...portal.topics.keys()]).toEqual(['f1-data']);
  });

  it('prints a table with the outcome of each check', async () => {
    const portal = await startPortal();
    const { stdout } = await verify(portal);
    expect(unwrap(stdout)).toContain(`${portal.url} (Quix__Portal__Api), 15 requests`);
    expect(stdout).toMatch(/^ ✓ workspaces +as assumed {3}status 200, list of 1$/m);
    expect(stdout).toMatch(/^ - tls +not checked {2}the Portal URL uses http$/m);
    expect(stdout).toMatch(/^✓ as assumed: 18, - not checked: 4$/m);
  });

  it('writes the document of --json to a file that only the owner can read', async () => {
    const portal = await startPortal();
    const args = ['--output', 'report.json'];
    const printed = await verify(portal, [...args, '--json'], { cwd: folder() });
    const path = join(folder(), 'report.json');
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(JSON.parse(printed.stdout));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { stdout } = await verify(portal, args, { cwd: folder() });
    expect(stdout).toContain('Wrote report.json.');
  });

  it('sends nothing if the report cannot be written', async () => {
    const portal = await startPortal();
    mkdirSync(join(folder(), 'report.json'));
    const { code } = await verify(portal, ['--output', 'report.json'], { cwd: folder() });
    expect(code).toBe(2);
    expect(asked(portal)).toEqual([]);
  });

  it('lists names and types of the fields of each answer, and header names', async () => {
    const portal = await startPortal({ topics: ['f1-data'] });
    const { answers } = reportOf(await verify(portal, ['--json']));
    const find = (request: string): unknown => answers.find((each) => each['request'] === request);
    expect(find('GET /workspaces, with an unknown token')).toEqual({
      request: 'GET /workspaces, with an unknown token',
      status: 401,
      format: 'JSON',
      contentType: 'application/json',
      headers: ['connection', 'content-length', 'content-type', 'date', 'keep-alive'],
      fields: { '(body)': 'object', message: 'text', correlationId: 'text' },
    });
    expect(find('GET /{workspaceId}/topics/{name}')).toMatchObject({
      fields: { 'configuration.partitions': 'number', name: 'text' },
    });
  });

  it('reports the TLS version, and no issuer that is not on its own list', async () => {
    const portal = await startPortal();
    const authority = await createCertificateAuthority('Confidential Ltd');
    const identity = await authority.issue(['127.0.0.1']);
    const { url } = await changePortal(portal, () => undefined, identity);
    const ca = join(folder(), 'ca.pem');
    writeFileSync(ca, authority.certificate);
    const { stdout, code } = await verify(portal, ['--ca', ca], {
      env: { Quix__Portal__Api: url },
    });
    expect(stdout).toMatch(/✓ tls +as assumed {3}TLSv1\.3, certificate of another issuer$/m);
    expect(stdout).toMatch(/✓ http-version +as assumed {3}HTTP\/1\.1, negotiated by ALPN$/m);
    expect(stdout).not.toContain('Confidential');
    expect(code).toBe(0);
  });

  it('sends the requests through the proxy of the environment', async () => {
    const portal = await startPortal();
    const authority = await createCertificateAuthority();
    const identity = await authority.issue(['portal.example']);
    const { url } = await changePortal(portal, () => undefined, identity);
    const proxy = await startConnectProxy(tunnelTo(Number(new URL(url).port)));
    const ca = join(folder(), 'ca.pem');
    writeFileSync(ca, authority.certificate);
    const env = { Quix__Portal__Api: 'https://portal.example', HTTPS_PROXY: proxy.url };
    const { stdout, code } = await verify(portal, ['--ca', ca], { env });
    expect(proxy.heads[0]).toMatch(/^CONNECT portal\.example:443 /);
    expect(stdout).toMatch(/✓ tls +as assumed {3}TLSv1\.3/);
    expect(code).toBe(0);
  });

  it('compares an OpenAPI document with the endpoints', async () => {
    const portal = await startPortal({ topics: ['f1-data'] });
    const reference = { $ref: '#/components/schemas/Workspace' };
    const get = (schema: object): object => ({
      get: { responses: { 200: { content: { 'application/json': { schema } } } } },
    });
    const text = { type: 'string' };
    const { url } = await changePortal(portal, (answer, { path }) => {
      if (!path.endsWith('/swagger/v2/swagger.json')) return;
      answer.status = 200;
      answer.body = {
        paths: {
          '/Workspaces': get({ type: 'array', items: reference }),
          '/workspaces/{id}': get(reference),
          '/workspaces/{id}/broker/librdkafka': get({ type: 'object' }),
          '/{workspaceId}/topics': get({ type: 'array', items: { allOf: [reference] } }),
          '/auth/permissions/query': get({ type: 'string' }),
        },
        components: { schemas: { Workspace: { properties: { workspaceId: text, region: text } } } },
      };
    });
    const result = await verify(portal, [], { env: { Quix__Portal__Api: url } });
    const findings = findingsOf(result, 'openapi').filter((line) => !line.startsWith('·'));
    expect(findings).toEqual([
      '✗ POST /{workspaceId}/topics is missing',
      '+ GET /workspaces: [].region is new (text)',
      '+ GET /workspaces/{workspaceId}: region is new (text)',
      '✗ GET /{workspaceId}/topics: [].id is missing',
      '✗ GET /{workspaceId}/topics: [].name is missing',
      '+ GET /{workspaceId}/topics: [].region is new (text)',
      '✗ GET /{workspaceId}/topics/{name} is missing',
      '✗ GET /auth/permissions/query: the body is text in place of a boolean',
    ]);
    expect(result.code).toBe(1);
  });
});

describe('quix-auth verify, about tokens and environments', () => {
  it('reports that the broker settings depend on the token, without the settings', async () => {
    const portal = await startPortal();
    const { url } = await changePortal(portal, (answer, { path, token }) => {
      if (!path.endsWith('/broker/librdkafka') || token !== portal.token2) return;
      answer.body = { ...(answer.body as object), 'sasl.password': randomSecret() };
    });
    const result = await verify(portal, [], { env: { Quix__Portal__Api: url } });
    expect(findingsOf(result, 'token-2-settings')).toEqual([
      '+ the broker settings depend on the token',
    ]);
    expect(result.code).toBe(0);
  });

  it('reports tokens of different environments', async () => {
    const portal = await startPortal();
    portal.addWorkspace({ workspaceId: 'org-project-prod' });
    const other = portal.addToken({ workspaces: ['org-project-prod'] });
    const result = await verify(portal, [], { env: { TOKEN_2: other } });
    expect(findingsOf(result, 'token-2-workspace')).toEqual([
      '✗ the tokens lead to different environments',
    ]);
    expect(result.code).toBe(1);
  });

  it('reports a second token that the Portal rejects', async () => {
    const portal = await startPortal();
    const result = await verify(portal, [], { env: { TOKEN_2: randomSecret() } });
    for (const check of ['token-2-workspace', 'token-2-settings'])
      expect(findingsOf(result, check)).toEqual(['✗ status 401 in place of 200']);
  });

  it('fails with QUIX_TOKEN_REJECTED after one request if the Portal rejects the token', async () => {
    const portal = await startPortal();
    const env = { Quix__Sdk__Token: randomSecret() };
    const { code, stderr } = await verify(portal, [], { env });
    expect(stderr).toContain('QUIX_TOKEN_REJECTED');
    expect({ code, requests: asked(portal) }).toEqual({ code: 1, requests: ['GET /workspaces'] });
  });

  it('fails if the Portal cannot be reached, or does not answer in time', async () => {
    const portal = await startPortal();
    portal.faults.push({ transport: 'reset' });
    expect((await verify(portal)).stderr).toContain('QUIX_PORTAL_UNAVAILABLE');
    portal.faults.push({ transport: 'hang' });
    const { stderr, code } = await verify(portal, ['--timeout', '0.2']);
    expect(unwrap(stderr)).toContain('did not answer within 200 ms');
    expect(code).toBe(1);
  });

  it('reports an answer that does not arrive in time, and continues', async () => {
    const portal = await startPortal();
    portal.faults.push({ match: '/auth/token/details', transport: 'hang' });
    const result = await verify(portal, ['--timeout', '1']);
    expect(findingsOf(result, 'token-details')).toEqual(['✗ no answer (timeout)']);
    expect(result.stdout).toMatch(/✓ unknown-token +as assumed/);
  });

  it('uses the environment that the settings name by id or by name', async () => {
    const portal = await startPortal();
    portal.addWorkspace({ workspaceId: 'org-project-prod', name: 'prod' });
    const env = { Quix__Sdk__Token: portal.addToken(), Quix__Workspace__Id: 'org-project-dev' };
    expect((await verify(portal, ['--workspace', 'prod'], { env })).code).toBe(1); // TOKEN_2
    expect(asked(portal)).toContain('GET /workspaces/org-project-prod/broker/librdkafka');
    portal.requests.length = 0;
    await verify(portal, [], { env });
    expect(asked(portal)).toContain('GET /workspaces/org-project-dev/broker/librdkafka');
  });

  it('fails if the token has access to several environments, or not to the named one', async () => {
    const portal = await startPortal();
    portal.addWorkspace({ workspaceId: 'org-project-prod' });
    const several = await verify(portal, [], { env: { Quix__Sdk__Token: portal.addToken() } });
    expect(several.stderr).toContain('QUIX_WORKSPACE_AMBIGUOUS');
    expect(unwrap(several.stderr)).toContain('--workspace');
    const wrong = await verify(portal, ['--workspace', 'org-project-prod']);
    expect(wrong.stderr).toContain('QUIX_WORKSPACE_NOT_FOUND');
    expect([several.code, wrong.code]).toEqual([1, 1]);
  });

  it('checks only what needs no environment if the token has access to none', async () => {
    const portal = await startPortal();
    const env = { Quix__Sdk__Token: portal.addToken({ workspaces: [] }) };
    const reason = 'no environment was found, use --workspace';
    const result = await verify(portal, ['--json'], {
      env: { ...env, TOKEN_2: portal.addToken({ workspaces: [] }) },
    });
    expect(unchecked(result)['token-2-workspace']).toBe('no environment was found');
    expect(unchecked(result)).toMatchObject({ workspace: reason, 'broker-settings': reason });
  });

  it('uses the Portal, although Quix__Broker__Address names a local broker', async () => {
    const portal = await startPortal();
    const env = { Quix__Broker__Address: 'localhost:9092' };
    expect((await verify(portal, [], { env })).code).toBe(0);
  });

  it('refuses a second token that is missing or the same', async () => {
    const portal = await startPortal();
    const missing = await verify(portal, [], { env: { TOKEN_2: ' ' } });
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain('TOKEN_2');
    const same = await verify(portal, [], { env: { TOKEN_2: portal.token1 } });
    expect(unwrap(same.stderr)).toContain('in Quix__Sdk__Token and TOKEN_2');
    expect({ code: same.code, requests: asked(portal) }).toEqual({ code: 2, requests: [] });
  });

  it('needs a token', async () => {
    const { code, stderr } = await runCli(['verify']);
    expect(code).toBe(1);
    expect(stderr).toContain('QUIX_TOKEN_MISSING');
  });
});
