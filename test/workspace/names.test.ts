import { describe, expect, it } from 'vitest';
import { errorOf } from '../support/errors.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

const ws = 'org-project-dev';

describe('getConsumerGroup() and getTransactionalId()', () => {
  it.each([
    ['my-service', `${ws}-my-service`],
    [`${ws}-my-service`, `${ws}-my-service`],
    // The test without the dash, as the official Python client has it, takes this for prefixed.
    [`${ws}ices`, `${ws}-${ws}ices`],
    [ws, `${ws}-${ws}`],
    [`${ws}-${ws}-x`, `${ws}-${ws}-x`],
    ['Group with spaces', `${ws}-Group with spaces`],
  ])('give %s the prefix exactly once: %s', async (name, id) => {
    const quix = makeClient(await startPortal());
    expect(await quix.getConsumerGroup(name)).toBe(id);
    expect(await quix.getTransactionalId(name)).toBe(id);
  });

  it('cost no request of their own', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal, { workspaceId: ws });
    await quix.getBrokerCredentials();
    await Promise.all([quix.getConsumerGroup('a'), quix.getTransactionalId('b')]);
    expect(portal.requests).toHaveLength(1);
  });

  it.each([
    ['Quix__Consumer_Group', { Quix__Consumer_Group: 'one', Quix__Consumer__Group: 'two' }, 'one'],
    ['Quix__Consumer__Group', { Quix__Consumer_Group: ' ', Quix__Consumer__Group: 'two' }, 'two'],
    ['nothing', {}, 'quixstreams-default'],
  ])('without a name take the default group from %s', async (_, variables, group) => {
    const portal = await startPortal();
    const quix = makeClient(portal, { env: { ...portal.env, ...variables } });
    expect(await quix.getConsumerGroup()).toBe(`${ws}-${group}`);
  });

  it('give whoever wants no group, or names no transaction, one that nobody shares', async () => {
    const quix = makeClient(await startPortal());
    const ids = await Promise.all([
      quix.getConsumerGroup(null),
      quix.getConsumerGroup(null),
      quix.getTransactionalId(),
      quix.getTransactionalId(),
    ]);
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^org-project-dev-[0-9a-f-]{8,}$/);
  });

  it('leave names as they are for a local broker', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal, { brokerAddress: 'localhost:9092', env: {} });
    expect(await quix.getConsumerGroup('g')).toBe('g');
    expect(await quix.getTransactionalId('t')).toBe('t');
  });

  it.each([
    ['', 'is not a name'],
    ['with\nbreak', 'is not a name'],
    ['sdk-0123456789abcdef', 'is a token'],
  ])('refuse %j without repeating it', async (name, problem) => {
    const quix = makeClient(await startPortal());
    for (const error of [
      await errorOf(quix.getConsumerGroup(name)),
      await errorOf(quix.getTransactionalId(name)),
    ]) {
      expect(error.code).toBe('QUIX_CONFIG');
      expect(error.message).toContain(problem);
      if (name !== '') expect(error.message).not.toContain(name);
    }
  });
});

describe('checkPermission()', () => {
  it.each([
    ['Read', true],
    ['Write', false],
  ])('tells whether a token that may read alone has %s: %s', async (permission, expected) => {
    const portal = await startPortal();
    const quix = makeClient(portal, { token: portal.addToken({ permissions: ['Read'] }) });
    const query = { resourceType: 'Workspace', resourceId: ws, permission };
    expect(await quix.checkPermission(query)).toBe(expected);
    expect(portal.requests.map(({ method, path, status }) => [method, path, status])).toEqual([
      ['GET', '/auth/permissions/query', 200],
    ]);
  });

  it('is QUIX_TOKEN_REJECTED for a dead token, and QUIX_BAD_RESPONSE for an answer that is no boolean', async () => {
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

  it.each(['resourceType', 'resourceId', 'permission'])(
    'names a wrong %s, without its text',
    async (name) => {
      const portal = await startPortal();
      const query = {
        resourceType: 'Workspace',
        resourceId: ws,
        permission: 'Read',
        [name]: 'a b&c',
      };
      const error = await errorOf(makeClient(portal).checkPermission(query));
      expect(error.code).toBe('QUIX_CONFIG');
      expect(error.message).toContain(`a wrong ${name}`);
      expect(error.message).not.toContain('a b&c');
      expect(portal.requests).toHaveLength(0);
    },
  );
});
