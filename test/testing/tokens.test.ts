import { describe, expect, it } from 'vitest';
import { ask, startPortal } from './ask-portal.ts';

const two = { workspaces: [{ workspaceId: 'org-one-dev' }, { workspaceId: 'org-two-dev' }] };

describe('a request', () => {
  it('without a token, with an unknown or a misplaced one is 401', async () => {
    const portal = await startPortal();
    expect((await ask(portal, '/workspaces', { token: null })).status).toBe(401);
    expect((await ask(portal, '/workspaces', { token: `sdk-${'0'.repeat(32)}` })).status).toBe(401);
    const basic = { token: null, headers: { authorization: `Basic ${portal.token1}` } };
    const refused = await ask(portal, '/workspaces', basic);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('content-type')).toMatch(/^application\/json/);
    expect(refused.body).toEqual({
      message: 'The token is not valid.',
      correlationId: expect.stringMatching(/^[\w-]{36}$/) as unknown,
    });
  });

  it.each(['Bearer', 'bearer', 'BEARER'])('may write the scheme as %s', async (scheme) => {
    const portal = await startPortal();
    const headers = { authorization: `${scheme} ${portal.token1}` };
    expect((await ask(portal, '/workspaces', { token: null, headers })).status).toBe(200);
  });

  it('to an endpoint that does not exist is 404 with a token, 401 without', async () => {
    const portal = await startPortal();
    expect((await ask(portal, '/nowhere')).status).toBe(404);
    expect((await ask(portal, '/')).status).toBe(404);
    expect((await ask(portal, '/workspaces', { method: 'DELETE' })).status).toBe(404);
    expect((await ask(portal, '/nowhere', { token: null })).status).toBe(401);
  });
});

describe('the streaming tokens', () => {
  it('are two, random, and both work', async () => {
    const [portal, other] = [await startPortal(), await startPortal()];
    const tokens = [portal.token1, portal.token2, other.token1, other.token2];
    expect(new Set(tokens).size).toBe(4);
    for (const token of tokens) expect(token).toMatch(/^sdk-[0-9a-f]{32}$/);
    expect((await ask(portal, '/workspaces', { token: portal.token1 })).status).toBe(200);
    expect((await ask(portal, '/workspaces', { token: portal.token2 })).status).toBe(200);
    expect((await ask(portal, '/workspaces', { token: other.token1 })).status).toBe(401);
  });

  it('rotate as in Quix: 1 dies, 2 becomes 1, a new 2 is made', async () => {
    const portal = await startPortal();
    const before = { token1: portal.token1, token2: portal.token2 };
    const after = portal.rotateTokens();
    expect(after).toEqual({ token1: portal.token1, token2: portal.token2 });
    expect(after.token1).toBe(before.token2);
    expect(Object.values(before)).not.toContain(after.token2);
    expect((await ask(portal, '/workspaces', { token: before.token1 })).status).toBe(401);
    expect((await ask(portal, '/workspaces', { token: after.token1 })).status).toBe(200);
    expect((await ask(portal, '/workspaces', { token: after.token2 })).status).toBe(200);
  });

  it('see their own workspace alone', async () => {
    const portal = await startPortal(two);
    expect(portal.workspaceId).toBe('org-one-dev');
    expect((await ask(portal, '/workspaces')).body).toMatchObject([{ workspaceId: 'org-one-dev' }]);
    expect((await ask(portal, '/workspaces/org-two-dev')).status).toBe(403);
    expect((await ask(portal, '/workspaces/org-three-dev')).status).toBe(404);
  });
});

describe('an added token', () => {
  it('sees every workspace by default, later ones too', async () => {
    const portal = await startPortal(two);
    const token = portal.addToken();
    expect(token).toMatch(/^pat-[0-9a-f]{32}$/);
    portal.addWorkspace({ workspaceId: 'org-three-dev' });
    expect((await ask(portal, '/workspaces', { token })).body).toMatchObject([
      { workspaceId: 'org-one-dev' },
      { workspaceId: 'org-two-dev' },
      { workspaceId: 'org-three-dev' },
    ]);
    expect((await ask(portal, '/org-three-dev/topics', { token })).status).toBe(200);
  });

  it('sees those that it was given, or none: an empty list is an answer', async () => {
    const portal = await startPortal(two);
    const token = portal.addToken({ workspaces: ['org-two-dev'] });
    expect((await ask(portal, '/workspaces', { token })).body).toMatchObject([
      { workspaceId: 'org-two-dev' },
    ]);
    expect((await ask(portal, '/workspaces/org-one-dev', { token })).status).toBe(403);
    const blind = await ask(portal, '/workspaces', { token: portal.addToken({ workspaces: [] }) });
    expect(blind).toMatchObject({ status: 200, body: [] });
  });

  it('may have a text of the test’s own', async () => {
    const portal = await startPortal();
    const token = ['eyJhbGciOiJub25lIn0', 'e30', ''].join('.');
    expect(portal.addToken({ token })).toBe(token);
    expect((await ask(portal, '/workspaces', { token })).status).toBe(200);
  });

  it('is worth nothing once revoked', async () => {
    const portal = await startPortal();
    const token = portal.addToken();
    portal.revokeToken(token);
    expect((await ask(portal, '/workspaces', { token })).status).toBe(401);
    portal.revokeToken(portal.token2);
    expect((await ask(portal, '/workspaces', { token: portal.token2 })).status).toBe(401);
    expect((await ask(portal, '/workspaces')).status).toBe(200);
  });

  it('may do what its permissions allow', async () => {
    const portal = await startPortal();
    const path = `/${portal.workspaceId}/topics`;
    const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const body = JSON.stringify({ name: 't' });
    const reader = portal.addToken({ permissions: ['Read'] });
    expect((await ask(portal, path, { token: reader })).status).toBe(200);
    expect((await ask(portal, path, { ...post, body, token: reader })).status).toBe(403);
    const creator = portal.addToken({ permissions: ['Create'] });
    expect((await ask(portal, path, { token: creator })).status).toBe(403);
    expect((await ask(portal, path, { ...post, body, token: creator })).status).toBe(200);
    expect((await ask(portal, '/workspaces', { token: creator })).body).toEqual([]);
  });
});

describe('the permission query', () => {
  const query = (resourceType: string, resourceId: string, permission: string): string =>
    `/auth/permissions/query?${new URLSearchParams({ resourceType, resourceId, permission }).toString()}`;

  it('answers a bare true or false, and a denial with 200', async () => {
    const portal = await startPortal({ ...two, topics: ['t'] });
    const token = portal.addToken({ workspaces: ['org-one-dev'], permissions: ['Read', 'Write'] });
    const asked = async (...about: Parameters<typeof query>): Promise<unknown> => {
      const answer = await ask(portal, query(...about), { token });
      expect(answer.status).toBe(200);
      return answer.body;
    };
    expect(await asked('Workspace', 'org-one-dev', 'Read')).toBe(true);
    expect(await asked('Workspace', 'org-one-dev', 'Delete')).toBe(false);
    expect(await asked('Workspace', 'org-two-dev', 'Read')).toBe(false);
    expect(await asked('Workspace', 'org-three-dev', 'Read')).toBe(false);
    expect(await asked('Workspace', 'org-one-dev', 'Juggle')).toBe(false);
    expect(await asked('Topic', 'org-one-dev-t', 'Write')).toBe(true);
    expect(await asked('Topic', 'org-one-dev-u', 'Write')).toBe(false);
    expect(await asked('Billing', 'org-one-dev', 'Read')).toBe(false);
  });

  it('wants the parameter permission, and a token', async () => {
    const portal = await startPortal();
    const path = query('Workspace', portal.workspaceId, 'Read');
    expect((await ask(portal, path)).body).toBe(true);
    // Quix's own pip helper writes it like this, and is told nothing.
    expect((await ask(portal, path.replace('permission=', 'permissions='))).body).toBe(false);
    expect((await ask(portal, path, { token: null })).status).toBe(401);
  });
});
