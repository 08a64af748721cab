import { createPortalState } from 'quix-streams-auth/testing';
import { describe, expect, it } from 'vitest';
import { send, startPortal } from './request-portal.ts';

const two = { workspaces: [{ workspaceId: 'org-one-dev' }, { workspaceId: 'org-two-dev' }] };

describe('a request', () => {
  it('without a valid bearer token gets 401', async () => {
    const portal = await startPortal();
    expect((await send(portal, '/workspaces', { token: null })).status).toBe(401);
    expect((await send(portal, '/workspaces', { token: `sdk-${'0'.repeat(32)}` })).status).toBe(
      401,
    );
    const basic = { token: null, headers: { authorization: `Basic ${portal.token1}` } };
    const refused = await send(portal, '/workspaces', basic);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('content-type')).toMatch(/^application\/json/);
    expect(refused.body).toEqual({
      message: 'The token is not valid.',
      correlationId: expect.stringMatching(/^[\w-]{36}$/) as unknown,
    });
  });

  it.each(['Bearer', 'bearer', 'BEARER'])('can spell the scheme %s', async (scheme) => {
    const portal = await startPortal();
    const headers = { authorization: `${scheme} ${portal.token1}` };
    expect((await send(portal, '/workspaces', { token: null, headers })).status).toBe(200);
  });

  it('to an unknown endpoint gets 404 with a token and 401 without one', async () => {
    const portal = await startPortal();
    expect((await send(portal, '/nowhere')).status).toBe(404);
    expect((await send(portal, '/')).status).toBe(404);
    expect((await send(portal, '/workspaces', { method: 'DELETE' })).status).toBe(404);
    expect((await send(portal, '/nowhere', { token: null })).status).toBe(401);
  });
});

describe('a path', () => {
  it('is not case-sensitive and can end with a slash', async () => {
    const portal = await startPortal();
    expect((await send(portal, '/Workspaces/')).status).toBe(200);
    expect((await send(portal, `/workspaces/${portal.workspaceId}/`)).status).toBe(200);
  });

  it('with an empty segment or too many segments gets 404', async () => {
    const portal = await startPortal();
    for (const path of ['//topics', '/workspaces//certificates', '/a/topics/b/c'])
      expect((await send(portal, path)).status).toBe(404);
  });

  it('with invalid percent-encoding gets 400', async () => {
    const portal = await startPortal();
    expect((await send(portal, '/workspaces/%zz')).status).toBe(400);
  });
});

describe('the streaming tokens', () => {
  it('are two different random texts, and both are valid', async () => {
    const [portal, other] = [await startPortal(), await startPortal()];
    const tokens = [portal.token1, portal.token2, other.token1, other.token2];
    expect(new Set(tokens).size).toBe(4);
    for (const token of tokens) expect(token).toMatch(/^sdk-[0-9a-f]{32}$/);
    expect((await send(portal, '/workspaces', { token: portal.token1 })).status).toBe(200);
    expect((await send(portal, '/workspaces', { token: portal.token2 })).status).toBe(200);
    expect((await send(portal, '/workspaces', { token: other.token1 })).status).toBe(401);
  });

  it('rotate as in Quix, so that Token 2 becomes Token 1 and a new Token 2 is created', async () => {
    const portal = await startPortal();
    const before = { token1: portal.token1, token2: portal.token2 };
    const after = portal.rotateTokens();
    expect(after).toEqual({ token1: portal.token1, token2: portal.token2 });
    expect(after.token1).toBe(before.token2);
    expect(Object.values(before)).not.toContain(after.token2);
    expect((await send(portal, '/workspaces', { token: before.token1 })).status).toBe(401);
    expect((await send(portal, '/workspaces', { token: after.token1 })).status).toBe(200);
    expect((await send(portal, '/workspaces', { token: after.token2 })).status).toBe(200);
  });

  it('can be fixed, so that a restarted emulator accepts the same tokens', async () => {
    const tokens = { token1: 'sdk-fixed-1', token2: 'sdk-fixed-2' };
    const first = await startPortal({ tokens });
    expect([first.token1, first.token2]).toEqual(['sdk-fixed-1', 'sdk-fixed-2']);
    first.rotateTokens();
    expect(first.token1).toBe('sdk-fixed-2');
    expect(first.token2).toMatch(/^sdk-[0-9a-f]{32}$/);
    await first.close();
    const second = await startPortal({ tokens });
    expect((await send(second, '/workspaces', { token: 'sdk-fixed-1' })).status).toBe(200);
  });

  it('can be fixed one at a time', async () => {
    const portal = await startPortal({ tokens: { token1: undefined, token2: 'sdk-fixed-2' } });
    expect(portal.token1).toMatch(/^sdk-[0-9a-f]{32}$/);
    expect((await send(portal, '/workspaces', { token: 'sdk-fixed-2' })).status).toBe(200);
  });

  it.each([
    ['a blank Token 1', { token1: ' ' }, '"tokens.token1"', / {2}/],
    ['white space in Token 2', { token2: 'not-a token' }, '"tokens.token2"', /not-a/],
    ['two equal tokens', { token1: 'same-text', token2: 'same-text' }, '"tokens', /same-text/],
  ])('reject %s without repeating it', (_, tokens, option, text) => {
    let error: unknown;
    try {
      createPortalState({ tokens });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'QUIX_CONFIG' });
    expect((error as Error).message).toContain(option);
    expect((error as Error).message).not.toMatch(text);
  });

  it('have access to the first workspace only', async () => {
    const portal = await startPortal(two);
    expect(portal.workspaceId).toBe('org-one-dev');
    expect((await send(portal, '/workspaces')).body).toMatchObject([
      { workspaceId: 'org-one-dev' },
    ]);
    expect((await send(portal, '/workspaces/org-two-dev')).status).toBe(403);
    expect((await send(portal, '/workspaces/org-three-dev')).status).toBe(404);
  });
});

describe('an added token', () => {
  it('has access to all workspaces by default, including those that are added later', async () => {
    const portal = await startPortal(two);
    const token = portal.addToken();
    expect(token).toMatch(/^pat-[0-9a-f]{32}$/);
    portal.addWorkspace({ workspaceId: 'org-three-dev' });
    expect((await send(portal, '/workspaces', { token })).body).toMatchObject([
      { workspaceId: 'org-one-dev' },
      { workspaceId: 'org-two-dev' },
      { workspaceId: 'org-three-dev' },
    ]);
    expect((await send(portal, '/org-three-dev/topics', { token })).status).toBe(200);
  });

  it('has access to the listed workspaces only, and gets an empty list if none is listed', async () => {
    const portal = await startPortal(two);
    const token = portal.addToken({ workspaces: ['org-two-dev'] });
    expect((await send(portal, '/workspaces', { token })).body).toMatchObject([
      { workspaceId: 'org-two-dev' },
    ]);
    expect((await send(portal, '/workspaces/org-one-dev', { token })).status).toBe(403);
    const blind = await send(portal, '/workspaces', { token: portal.addToken({ workspaces: [] }) });
    expect(blind).toMatchObject({ status: 200, body: [] });
  });

  it('can have a fixed text', async () => {
    const portal = await startPortal();
    const token = ['eyJhbGciOiJub25lIn0', 'e30', ''].join('.');
    expect(portal.addToken({ token })).toBe(token);
    expect((await send(portal, '/workspaces', { token })).status).toBe(200);
  });

  it.each(['', 'two words'])('cannot have the text "%s"', (token) => {
    expect(() => createPortalState().addToken({ token })).toThrow(
      expect.objectContaining({ code: 'QUIX_CONFIG' }) as Error,
    );
  });

  it('is rejected after it was revoked', async () => {
    const portal = await startPortal();
    const token = portal.addToken();
    portal.revokeToken(token);
    expect((await send(portal, '/workspaces', { token })).status).toBe(401);
    portal.revokeToken(portal.token2);
    expect((await send(portal, '/workspaces', { token: portal.token2 })).status).toBe(401);
    expect((await send(portal, '/workspaces')).status).toBe(200);
  });

  it('can do only what its permissions allow', async () => {
    const portal = await startPortal();
    const path = `/${portal.workspaceId}/topics`;
    const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const body = JSON.stringify({ name: 't' });
    const reader = portal.addToken({ permissions: ['Read'] });
    expect((await send(portal, path, { token: reader })).status).toBe(200);
    expect((await send(portal, path, { ...post, body, token: reader })).status).toBe(403);
    const creator = portal.addToken({ permissions: ['Create'] });
    expect((await send(portal, path, { token: creator })).status).toBe(403);
    expect((await send(portal, path, { ...post, body, token: creator })).status).toBe(200);
    expect((await send(portal, '/workspaces', { token: creator })).body).toEqual([]);
  });
});

describe('GET /auth/token/details', () => {
  it('returns a JSON object for an active token', async () => {
    const portal = await startPortal();
    for (const token of [portal.token1, portal.token2, portal.addToken()]) {
      const response = await send(portal, '/auth/token/details', { token });
      expect(response).toMatchObject({ status: 200, body: {} });
    }
  });

  it('answers 401 for any other token', async () => {
    const portal = await startPortal();
    const { token1 } = portal;
    portal.rotateTokens();
    for (const token of [token1, 'unknown', null])
      expect((await send(portal, '/auth/token/details', { token })).status).toBe(401);
  });

  it('can return fields that the test defines', async () => {
    const portal = await startPortal();
    portal.faults.push({ match: '/auth/token/details', body: { fields: 'of the test' } });
    expect((await send(portal, '/auth/token/details')).body).toEqual({ fields: 'of the test' });
  });
});

describe('the permission query', () => {
  const query = (resourceType: string, resourceId: string, permission: string): string =>
    `/auth/permissions/query?${new URLSearchParams({ resourceType, resourceId, permission }).toString()}`;

  it('returns true or false, and status 200 for a denial', async () => {
    const portal = await startPortal({ ...two, topics: ['t'] });
    const token = portal.addToken({ workspaces: ['org-one-dev'], permissions: ['Read', 'Write'] });
    const isAllowed = async (...parameters: Parameters<typeof query>): Promise<unknown> => {
      const response = await send(portal, query(...parameters), { token });
      expect(response.status).toBe(200);
      return response.body;
    };
    expect(await isAllowed('Workspace', 'org-one-dev', 'Read')).toBe(true);
    expect(await isAllowed('Workspace', 'org-one-dev', 'Delete')).toBe(false);
    expect(await isAllowed('Workspace', 'org-two-dev', 'Read')).toBe(false);
    expect(await isAllowed('Workspace', 'org-three-dev', 'Read')).toBe(false);
    expect(await isAllowed('Workspace', 'org-one-dev', 'Juggle')).toBe(false);
    expect(await isAllowed('Topic', 'org-one-dev-t', 'Write')).toBe(true);
    expect(await isAllowed('Topic', 'org-one-dev-u', 'Write')).toBe(false);
    expect(await isAllowed('Billing', 'org-one-dev', 'Read')).toBe(false);
  });

  it('requires the parameter `permission` and a token', async () => {
    const portal = await startPortal();
    const path = query('Workspace', portal.workspaceId, 'Read');
    expect((await send(portal, path)).body).toBe(true);
    // Quix's pip package quixportal uses this name.
    expect((await send(portal, path.replace('permission=', 'permissions='))).body).toBe(false);
    expect((await send(portal, path, { token: null })).status).toBe(401);
  });
});
