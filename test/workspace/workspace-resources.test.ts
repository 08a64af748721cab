import { describe, expect, it } from 'vitest';
import { errorOf } from '../support/errors.ts';
import { asked, closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

const ws = 'org-project-dev';

describe('getWorkspace()', () => {
  it('describes the workspace, and uses the accepted token from then on', async () => {
    const portal = await startPortal({ workspaces: [{ workspaceId: ws, name: 'Development' }] });
    const quix = makeClient(portal, { token: portal.token1, fallbackToken: portal.token2 });
    portal.rotateTokens();
    expect(await quix.getWorkspace()).toEqual({
      id: ws,
      name: 'Development',
      status: 'Ready',
      brokerType: 'SharedKafka',
    });
    expect(quix.describe().token).toMatchObject({ source: 'fallbackToken' });
    expect(asked(portal).at(-1)).toBe(`GET /workspaces/${ws}`);
  });
});

describe('a client of a local broker', () => {
  it.each(['getWorkspace', 'getTopics', 'checkPermission'] as const)(
    'cannot call %s(), which needs the Portal',
    async (method) => {
      const portal = await startPortal();
      const quix = makeClient(portal, { brokerAddress: 'localhost:9092', env: {} });
      const query = { resourceType: 'Workspace', resourceId: ws, permission: 'Read' };
      const error = await errorOf(quix[method](query));
      expect(error.code).toBe('QUIX_CONFIG');
      expect(error.summary).toContain(`${method}()`);
      expect(error.hint).toMatch(/brokerAddress.*Quix__Broker__Address/);
      expect(portal.requests).toHaveLength(0);
    },
  );
});

describe('checkPermission()', () => {
  it.each([
    ['Read', true],
    ['Write', false],
  ])(
    'returns for a token that may only read and the permission %s: %s',
    async (permission, expected) => {
      const portal = await startPortal();
      const quix = makeClient(portal, { token: portal.addToken({ permissions: ['Read'] }) });
      const query = { resourceType: 'Workspace', resourceId: ws, permission };
      expect(await quix.checkPermission(query)).toBe(expected);
      expect(portal.requests.map(({ method, path, status }) => [method, path, status])).toEqual([
        ['GET', '/auth/permissions/query', 200],
      ]);
    },
  );

  it('fails for a rejected token, and for a response that is not a boolean', async () => {
    const portal = await startPortal();
    const query = { resourceType: 'Topic', resourceId: `${ws}-a`, permission: 'Read' };
    portal.faults.push({ status: 200, body: 'yes' });
    expect((await errorOf(makeClient(portal).checkPermission(query))).code).toBe(
      'QUIX_BAD_RESPONSE',
    );
    portal.revokeToken(portal.token1);
    expect((await errorOf(makeClient(portal).checkPermission(query))).code).toBe(
      'QUIX_TOKEN_REJECTED',
    );
  });
});
