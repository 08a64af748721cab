import { describe, expect, it } from 'vitest';
import type { QuixStreamingClient, QuixWarning } from 'quix-streams-auth';
import { errorOf, errorThrown } from '../support/errors.ts';
import { asked, closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

type Operation = readonly [name: string, run: (quix: QuixStreamingClient) => Promise<unknown>];

const OPERATIONS: readonly Operation[] = [
  ['getBrokerCredentials()', (quix) => quix.getBrokerCredentials()],
  ['getWorkspace()', (quix) => quix.getWorkspace()],
  ['getTopics()', (quix) => quix.getTopics()],
  ["getTopic('orders')", (quix) => quix.getTopic('orders')],
  ["getTopic('org-prod-orders')", (quix) => quix.getTopic('org-prod-orders')],
  ['getConsumerGroup()', (quix) => quix.getConsumerGroup()],
  ['getTransactionalId()', (quix) => quix.getTransactionalId('orders')],
];

/** Starts a Portal with a token that only has access to org-prod, and with other workspaces. */
async function startWithTokenOfProd(...workspaces: string[]) {
  return await startPortal({
    workspaces: [{ workspaceId: 'org-prod', topics: ['orders'] }].concat(
      workspaces.map((workspaceId) => ({ workspaceId, topics: [] })),
    ),
  });
}

describe('a workspace of another environment than that of the token', () => {
  describe.each([
    ['QUIX_FORBIDDEN', ['org-dev']],
    ['QUIX_WORKSPACE_NOT_FOUND', []],
  ])('fails with %s', (code, others) => {
    it.each(OPERATIONS)(
      'if it is set with the variable, and %s sends no request for the workspace of the token',
      { meta: { faults: [102] } },
      async (_, run) => {
        const portal = await startWithTokenOfProd(...others);
        const quix = makeClient(portal, { env: { ...portal.env, Quix__Workspace__Id: 'org-dev' } });
        const warnings: QuixWarning[] = [];
        quix.on('warning', (warning) => warnings.push(warning));
        const error = await errorOf(run(quix));
        expect(error.code).toBe(code);
        expect(error.summary).toMatch(/ org-dev .* Quix__Workspace__Id\. .* access to org-prod\./);
        expect(error.hint).toMatch(/org-dev, .* Quix__Sdk__Token .*correct Quix__Workspace__Id\.$/);
        for (const request of asked(portal))
          expect(request).toMatch(/^GET (\/workspaces|(\/workspaces)?\/org-dev\b.*)$/);
        expect(portal.topics).toHaveLength(1);
        expect(warnings).toEqual([]);
        expect(quix.describe().workspaceId).toBe('org-dev');
      },
    );

    it(
      'if it is set with the option, and the error names the option',
      { meta: { faults: [102] } },
      async () => {
        const portal = await startWithTokenOfProd(...others);
        const quix = makeClient(portal, { workspaceId: 'org-dev' });
        const error = await errorOf(quix.getTopic('orders'));
        expect(error.code).toBe(code);
        expect(error.summary).toMatch(/ org-dev .* option workspaceId\. .* access to org-prod\./);
      },
    );
  });

  it(
    'does not affect checkPermission(), which requests only the permission',
    { meta: { faults: [102] } },
    async () => {
      const portal = await startWithTokenOfProd();
      const quix = makeClient(portal, { env: { ...portal.env, Quix__Workspace__Id: 'org-dev' } });
      const query = { resourceType: 'Workspace', resourceId: 'org-dev', permission: 'Read' };
      expect(await quix.checkPermission(query)).toBe(false);
      expect(asked(portal)).toEqual([expect.stringContaining('GET /auth/permissions/query')]);
    },
  );
});

describe('a workspace that is not printable', () => {
  it.each(['org-dev\nforged', 'org\u001b[2J', 'org\u2028dev', 'x'.repeat(201)])(
    'is refused without a request and not repeated, in the variable as in the option: %j',
    { meta: { faults: [102] } },
    async (workspaceId) => {
      const portal = await startPortal();
      const env = { ...portal.env, Quix__Workspace__Id: workspaceId };
      for (const options of [{ env }, { workspaceId }]) {
        const error = errorThrown(() => makeClient(portal, options));
        expect(error.code).toBe('QUIX_CONFIG');
        expect(error.message).toMatch(/^The .*workspace_*id is neither an id nor a name\./i);
        expect(error.message).not.toContain(workspaceId);
      }
      expect(portal.requests).toEqual([]);
    },
  );
});

describe('two workspaces with the same name', () => {
  it('are ambiguous, and the error lists their ids', { meta: { faults: [121] } }, async () => {
    const portal = await startPortal({
      workspaces: [
        { workspaceId: 'org-one', name: 'dev' },
        { workspaceId: 'org-two', name: 'dev' },
        { workspaceId: 'org-three', name: 'live' },
      ],
    });
    const quix = makeClient(portal, { token: portal.addToken(), workspaceId: 'dev' });
    const error = await errorOf(quix.getBrokerCredentials());
    expect(error.code).toBe('QUIX_WORKSPACE_AMBIGUOUS');
    expect(error.summary).toMatch(/ dev: org-one, org-two\.$/);
    expect(error.message).not.toMatch(/mean|no workspace/);
  });
});

describe('a consumer group or transactional id', () => {
  it.each([249, 300, 32_000])(
    'of %i characters gets its prefix, because Kafka accepts it',
    { meta: { faults: [121] } },
    async (length) => {
      const quix = makeClient(await startPortal());
      const name = 'g'.repeat(length);
      expect(await quix.getConsumerGroup(name)).toBe(`org-project-dev-${name}`);
      expect(await quix.getTransactionalId(name)).toBe(`org-project-dev-${name}`);
    },
  );
});
