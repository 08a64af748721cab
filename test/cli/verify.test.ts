import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { startConnectProxy, tunnelTo } from '../support/connect-proxy.ts';
import { asked, closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { unwrap } from './run-cli.ts';
import { changePortal, reportOf, unchecked, verify } from './run-verify.ts';
import { temporaryFolder } from './temporary-folder.ts';

closeAfterEach();
const folder = temporaryFolder();

/** Checks that the emulator cannot answer, with the reason. */
const NOT_CHECKED = {
  openapi: 'the document is not available (status 401, JSON)',
  'retry-after': 'no response has this header',
  tls: 'the Portal URL uses http',
};

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
    const broker = { securityProtocol, ca, clientId: 'quix' };
    const portal = await startPortal({ broker, topics: ['f1-data'] });
    const result = await verify(portal, ['--json']);
    expect(reportOf(result).counts).toMatchObject({ differs: 0, new: 0 });
    expect(unchecked(result)).toEqual(NOT_CHECKED);
  });

  it('sends 18 requests, all of them GET, one at a time', async () => {
    const portal = await startPortal({ topics: ['f1-data'] });
    const different = await changePortal(portal, () => undefined);
    const env = { Quix__Portal__Api: different.url };
    const { requests } = reportOf(await verify(portal, ['--json'], { env }));
    expect(different.requests).toHaveLength(requests);
    expect(requests).toBe(18);
    expect(different.requests.filter((request) => !request.startsWith('GET '))).toEqual([]);
    expect(different.mostConcurrent).toBe(1);
    expect([...portal.topics.keys()]).toEqual(['f1-data']);
  });

  it('prints a table with the outcome of each check', async () => {
    const portal = await startPortal();
    const { stdout } = await verify(portal);
    expect(unwrap(stdout)).toContain(`${portal.url} (Quix__Portal__Api), 17 GET requests`);
    expect(stdout).toMatch(/^ ✓ workspaces +as assumed {3}status 200, 1 entry$/m);
    expect(stdout).toMatch(/^ - tls +not checked {2}the Portal URL uses http$/m);
    expect(stdout).toMatch(/^✓ as assumed: 20, - not checked: 6$/m);
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

  it.each([
    ['its path is a folder', 'report.json', 'is not a regular file'],
    ['its folder does not exist', 'missing/report.json', 'cannot be written (ENOENT)'],
  ])('sends nothing if the report cannot be written, because %s', async (_, file, problem) => {
    const portal = await startPortal();
    mkdirSync(join(folder(), 'report.json'));
    const { code, stderr } = await verify(portal, ['--output', file], { cwd: folder() });
    expect(unwrap(stderr)).toContain(problem);
    expect({ code, requests: asked(portal) }).toEqual({ code: 2, requests: [] });
  });

  it('lists names and types of the fields of each response, and header names', async () => {
    const portal = await startPortal({ topics: ['f1-data'] });
    const { responses } = reportOf(await verify(portal, ['--json']));
    const find = (request: string): unknown =>
      responses.find((each) => each['request'] === request);
    expect(find('GET /workspaces, with an unknown token')).toEqual({
      request: 'GET /workspaces, with an unknown token',
      status: 401,
      format: 'JSON',
      contentType: 'application/json',
      headers: ['connection', 'content-length', 'content-type', 'date', 'keep-alive'],
      fields: { '(body)': 'object', message: 'string', correlationId: 'string' },
    });
    expect(find('GET /{workspaceId}/topics/{name}')).toMatchObject({
      fields: { 'configuration.partitions': 'number', name: 'string' },
    });
  });

  it.each(['/workspaces', '/broker/librdkafka', '/topics', '/auth/token/details', '/swagger.json'])(
    'evaluates a response of %s with 50 000 nested objects',
    async (end) => {
      const portal = await startPortal({ topics: ['f1-data'] });
      const { url } = await changePortal(portal, (response, { path }) => {
        if (!path.endsWith(end)) return;
        response.status = 200;
        response.body = '{"a":'.repeat(50_000) + '[]' + '}'.repeat(50_000);
      });
      const { stdout, stderr } = await verify(portal, [], { env: { Quix__Portal__Api: url } });
      expect(stderr).toBe('');
      expect(stdout).toContain('✓ as assumed: ');
    },
  );

  it.each([
    ['hides an unknown issuer', 'Confidential Ltd', 'another issuer'],
    ['hides an issuer that contains the name of a known one', 'Amazonia', 'another issuer'],
    ['shows a known issuer', "Let's Encrypt", "Let's Encrypt"],
  ])('reports the TLS version, and %s', async (_, issuer, shown) => {
    const portal = await startPortal();
    const authority = await createCertificateAuthority(issuer);
    const identity = await authority.issue(['127.0.0.1']);
    const { url } = await changePortal(portal, () => undefined, identity);
    const ca = join(folder(), 'ca.pem');
    writeFileSync(ca, authority.certificate);
    const { stdout, code } = await verify(portal, ['--ca', ca], {
      env: { Quix__Portal__Api: url },
      columns: 200,
    });
    expect(stdout).toContain(`TLSv1.3, certificate of ${shown}\n`);
    expect(stdout).toMatch(/✓ http-version +as assumed {3}HTTP\/1\.1$/m);
    if (shown !== issuer) expect(stdout).not.toContain(issuer);
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
});
