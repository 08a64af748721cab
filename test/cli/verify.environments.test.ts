import { describe, expect, it } from 'vitest';
import { jwt } from '../support/jwt.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { asked, closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { runCli, unwrap } from './run-cli.ts';
import { changePortal, findingsOf, reportOf, unchecked, verify } from './run-verify.ts';

closeAfterEach();

describe('quix-auth verify, about tokens and environments', () => {
  it('reports that the settings of the second token are not equal, and not which', async () => {
    const portal = await startPortal();
    const password = randomSecret();
    const { url } = await changePortal(portal, (response, { path, token }) => {
      if (!path.endsWith('/broker/librdkafka') || token !== portal.token2) return;
      response.body = { ...(response.body as object), 'sasl.password': password };
    });
    const result = await verify(portal, [], { env: { Quix__Portal__Api: url } });
    expect(findingsOf(result, 'token-2-settings')).toEqual([
      '+ the settings are not equal. quix-auth rotation prints the differences',
    ]);
    expectNoLeak(result, [password]);
    expect(result.code).toBe(0);
  });

  it('treats the same brokers in another order as equal settings', async () => {
    const portal = await startPortal();
    const { url } = await changePortal(portal, (response, { path, token }) => {
      if (!path.endsWith('/broker/librdkafka') || response.status !== 200) return;
      const list = token === portal.token2 ? 'b:1, a:1' : 'a:1,b:1';
      response.body = { ...(response.body as object), 'bootstrap.servers': list };
    });
    const { stdout } = await verify(portal, [], { env: { Quix__Portal__Api: url } });
    expect(stdout).toMatch(/✓ token-2-settings +as assumed {3}equal$/m);
  });

  it('reports a second token without access to the environment of the first', async () => {
    const portal = await startPortal();
    portal.addWorkspace({ workspaceId: 'org-project-prod' });
    const other = portal.addToken({ workspaces: ['org-project-prod'] });
    const result = await verify(portal, [], { env: { TOKEN_2: other } });
    expect(findingsOf(result, 'token-2-workspace')).toEqual([
      '✗ the second token has no access to the environment',
    ]);
    expect(result.code).toBe(1);
  });

  it('accepts a second token that has access to other environments, too', async () => {
    const portal = await startPortal();
    portal.addWorkspace({ workspaceId: 'org-project-prod' });
    const { stdout } = await verify(portal, [], { env: { TOKEN_2: portal.addToken() } });
    expect(stdout).toMatch(/✓ token-2-workspace +as assumed/);
  });

  it('reports a second token that the Portal rejects', async () => {
    const portal = await startPortal();
    const result = await verify(portal, [], { env: { TOKEN_2: randomSecret() } });
    for (const check of ['token-2-workspace', 'token-2-settings'])
      expect(findingsOf(result, check)).toEqual(['✗ status 401, expected 200']);
  });

  it('reports that the requests with the second token have no response', async () => {
    const portal = await startPortal();
    const { url } = await changePortal(portal, (response, { token }) => {
      if (token === portal.token2) response.isReset = true;
    });
    const result = await verify(portal, [], { env: { Quix__Portal__Api: url } });
    for (const check of ['token-2-workspace', 'token-2-settings'])
      expect(findingsOf(result, check)).toEqual(['✗ no response (ECONNRESET)']);
  });

  it('skips the checks of the second token if it was not passed', async () => {
    const portal = await startPortal();
    const env = { Quix__Sdk__Token: portal.token1, Quix__Portal__Api: portal.url };
    expect(unchecked(await runCli(['verify', '--json'], { env }))).toMatchObject({
      'token-2-workspace': '--token-2-env-var was not passed',
      'token-2-settings': '--token-2-env-var was not passed',
    });
  });

  it('skips a comparison if the response to the first token does not have status 200', async () => {
    const portal = await startPortal();
    const { url } = await changePortal(portal, (response, { path, token, hasVersion }) => {
      const isCompared = path === '/workspaces' || path.endsWith('/broker/librdkafka');
      if (isCompared && hasVersion && token === portal.token1) response.status = 503;
    });
    const env = { Quix__Portal__Api: url, Quix__Workspace__Id: portal.workspaceId };
    const settings = 'GET /workspaces/{workspaceId}/broker/librdkafka';
    expect(unchecked(await verify(portal, ['--json'], { env }))).toMatchObject({
      'x-version': 'GET /workspaces: status 503, expected 200',
      'token-2-settings': `${settings}: status 503, expected 200`,
    });
  });

  it('skips the comparison of the settings if only the repeated request fails', async () => {
    const portal = await startPortal();
    let requests = 0;
    const { url } = await changePortal(portal, (response, { path, token }) => {
      const isFirstToken = path.endsWith('/broker/librdkafka') && token === portal.token1;
      if (isFirstToken && response.status === 200 && ++requests === 2) response.status = 503;
    });
    const env = { Quix__Portal__Api: url };
    const settings = 'GET /workspaces/{workspaceId}/broker/librdkafka, again';
    expect(unchecked(await verify(portal, ['--json'], { env }))).toMatchObject({
      'token-2-settings': `${settings}: status 503, expected 200`,
    });
  });

  it.each([
    ['a streaming token', 'sdk-0123456789abcdef0123456789abcdef', []],
    [
      'a longer streaming token',
      'sdk-0123456789abcdef0123456789abcdef0',
      ['✗ the text after sdk- is not 32 hexadecimal digits'],
    ],
    ['a JWT with an expiry', jwt({ exp: 4_102_444_800 }), []],
    ['a JWT without an expiry', jwt({ sub: 'someone' }), ['✗ the JWT has no expiry']],
    [
      'another token',
      'pat-0123456789abcdef0123',
      ['✗ the token does not begin with sdk-, and is not a JWT'],
    ],
  ])('checks the shape of %s', async (_, token, findings) => {
    const portal = await startPortal();
    portal.addToken({ token });
    const result = await verify(portal, [], { env: { Quix__Sdk__Token: token } });
    expect(findingsOf(result, 'token-shape')).toEqual(findings);
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

  it('reports a response that does not arrive in time, and continues', async () => {
    const portal = await startPortal();
    portal.faults.push({ match: '/auth/token/details', transport: 'hang' });
    const result = await verify(portal, ['--timeout', '1']);
    expect(findingsOf(result, 'token-details')).toEqual(['+ no response (timeout)']);
    expect(result.stdout).toMatch(/✓ unknown-token +as assumed/);
  });

  it('uses the environment that the settings name by id or by name', async () => {
    const portal = await startPortal();
    portal.addWorkspace({ workspaceId: 'org-project-prod', name: 'prod' });
    const env = { Quix__Sdk__Token: portal.addToken(), Quix__Workspace__Id: 'org-project-dev' };
    await verify(portal, ['--workspace', 'prod'], { env });
    expect(asked(portal)).toContain('GET /workspaces/org-project-prod/broker/librdkafka');
    portal.requests.length = 0;
    await verify(portal, [], { env });
    expect(asked(portal)).toContain('GET /workspaces/org-project-dev/broker/librdkafka');
    portal.requests.length = 0;
    portal.addWorkspace({ workspaceId: 'org-project-test', name: 'org-project-dev' });
    await verify(portal, [], { env });
    expect(asked(portal)).toContain('GET /workspaces/org-project-dev/broker/librdkafka');
  });

  it('skips the checks of an environment if several are possible', async () => {
    const portal = await startPortal();
    for (const workspaceId of ['org-one-test', 'org-two-test'])
      portal.addWorkspace({ workspaceId });
    const env = { Quix__Sdk__Token: portal.addToken() };
    const result = await verify(portal, ['--json'], { env });
    const reason = 'environments are possible, pass an id in --workspace';
    expect(unchecked(result)['broker-settings']).toBe(`3 ${reason}`);
    const named = await verify(portal, ['--json', '--workspace', 'test'], { env });
    expect(unchecked(named)['broker-settings']).toBe(`2 ${reason}`);
  });

  it('sends a configured id that is not in the list of environments', async () => {
    const portal = await startPortal();
    const result = await verify(portal, ['--workspace', 'org-project-prod']);
    expect(asked(portal)).toContain('GET /workspaces/org-project-prod/broker/librdkafka');
    expect(findingsOf(result, 'broker-settings')).toEqual(['✗ status 404, expected 200']);
    expect(findingsOf(result, 'token-2-workspace')).toEqual([
      '✗ the second token has no access to the environment',
    ]);
    expect(result.code).toBe(1);
  });

  it('skips the checks of an environment if the token has none', async () => {
    const portal = await startPortal();
    const env = { Quix__Sdk__Token: portal.addToken({ workspaces: [] }) };
    const result = await verify(portal, ['--json'], { env });
    const reason = 'no environment was found, use --workspace';
    for (const id of ['workspace', 'broker-settings', 'topic-id', 'token-2-workspace'])
      expect(unchecked(result)[id]).toBe(reason);
    expect(unchecked(result)['workspaces']).toBe('the array is empty');
  });

  it.each(['état', '-data', 'a b'])('requests the topic %s by its name', async (name) => {
    const portal = await startPortal({ topics: [{ name, id: 'org-project-dev-1' }] });
    const result = await verify(portal);
    expect(result.stdout).toMatch(/✓ topic +as assumed {3}status 200/);
    expect(findingsOf(result, 'topic-id')).toEqual(['✗ 0 of 1 topics have the expected id']);
  });

  it('does not compare the ids of external topics', async () => {
    const portal = await startPortal({ topics: [{ name: 'legacy', external: true }] });
    expect((await verify(portal)).stdout).toMatch(/✓ topic-id +as assumed/);
  });

  it.each([
    ['an empty body', ''],
    ['the fields of RFC 9457', { type: 'about:blank', title: 'Not Found', status: 404 }],
  ])('accepts a status of 404 with %s as assumed', async (_, body) => {
    const portal = await startPortal({ topics: ['f1-data'] });
    const { url } = await changePortal(portal, (response) => {
      if (response.status !== 404) return;
      response.headers['content-type'] = 'application/problem+json';
      response.body = body;
    });
    const result = await verify(portal, ['--json'], { env: { Quix__Portal__Api: url } });
    expect(reportOf(result).counts).toMatchObject({ differs: 0, new: 0 });
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
