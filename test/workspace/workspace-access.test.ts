import { describe, expect, it } from 'vitest';
import { QuixError } from 'quix-streams-auth';
import { getWorkspace, type PortalSession } from '../../src/portal/index.ts';
import { valueSource } from '../../src/token/index.ts';
import { WorkspaceAccess } from '../../src/workspace/index.ts';
import type { WorkspaceReference } from '../../src/workspace/choose-workspace.ts';
import { errorOf } from '../support/errors.ts';
import { randomSecret } from '../support/leaks.ts';
import { failureOf, makeSession } from '../support/portal-access.ts';
import { asked, closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { answer, reset, startServer } from '../support/scripted-server.ts';
import { logWarnings } from '../support/warnings.ts';

closeAfterEach();

const three = {
  workspaces: [
    { workspaceId: 'org-shop-dev', name: 'Development', topics: ['orders'] },
    { workspaceId: 'org-shop-dev-eu', name: 'Europe', topics: ['orders'] },
    { workspaceId: 'org-shop-live', name: 'Live', status: 'Creating' },
  ],
};

describe('the workspace of a client', () => {
  it('is the one with the id that was passed, without an additional request', async () => {
    const portal = await startPortal(three);
    const quix = makeClient(portal, { token: portal.addToken(), workspaceId: 'org-shop-dev-eu' });
    expect((await quix.getBrokerCredentials()).workspaceId).toBe('org-shop-dev-eu');
    expect(portal.requests).toHaveLength(1);
  });

  it.each(['Europe', 'europe'])(
    'is the one with the name that was passed: %s',
    async (workspaceId) => {
      const portal = await startPortal(three);
      const quix = makeClient(portal, { token: portal.addToken(), workspaceId });
      expect((await quix.getBrokerCredentials()).workspaceId).toBe('org-shop-dev-eu');
      await quix.getBrokerCredentials({ forceRefresh: true });
      // The name as an id, the list and the settings, and later only the settings.
      expect(portal.requests).toHaveLength(4);
    },
  );

  it('is not chosen when two workspaces have the name that was passed', async () => {
    const portal = await startPortal({
      workspaces: [
        { workspaceId: 'org-one', name: 'dev' },
        { workspaceId: 'org-two', name: 'dev' },
      ],
    });
    const quix = makeClient(portal, { token: portal.addToken(), workspaceId: 'dev' });
    const error = await errorOf(quix.getBrokerCredentials());
    expect(error.code).toBe('QUIX_WORKSPACE_AMBIGUOUS');
    expect(error.summary).toMatch(/: org-one, org-two\.$/);
  });

  it.each([
    ['org-shop-dve', 'org-shop-dev'],
    ['Developmnet', 'Development'],
    ['ORG-SHOP-LIV', 'org-shop-live'],
  ])('is not found under the wrong name %s, and %s is suggested', async (typo, closest) => {
    const portal = await startPortal(three);
    const quix = makeClient(portal, { token: portal.addToken(), workspaceId: typo });
    const error = await errorOf(quix.getBrokerCredentials());
    expect(error.code).toBe('QUIX_WORKSPACE_NOT_FOUND');
    expect(error.summary).toContain(' org-shop-dev, org-shop-dev-eu, org-shop-live.');
    expect(error.summary).toMatch(new RegExp(` ${closest}\\?$`));
  });

  it('is not found under a different name, and the error does not suggest one', async () => {
    const portal = await startPortal(three);
    const quix = makeClient(portal, { token: portal.addToken(), workspaceId: 'warehouse' });
    const error = await errorOf(quix.getBrokerCredentials());
    expect(error.code).toBe('QUIX_WORKSPACE_NOT_FOUND');
    expect(error.summary).not.toContain('?');
  });

  it('is QUIX_FORBIDDEN when the token does not have access, and the error lists the workspaces of the token', async () => {
    const portal = await startPortal(three);
    const quix = makeClient(portal, { workspaceId: 'org-shop-live' });
    const error = await errorOf(quix.getBrokerCredentials());
    expect(error).toMatchObject({ code: 'QUIX_FORBIDDEN', status: 403 });
    expect(error.summary).toContain(' access to org-shop-dev.');
  });

  it('is the one of the option when the variable contains another one', async () => {
    const portal = await startPortal(three);
    const env = { ...portal.env, Quix__Workspace__Id: 'org-shop-live' };
    const quix = makeClient(portal, { env, token: portal.addToken(), workspaceId: 'org-shop-dev' });
    expect((await quix.getBrokerCredentials()).workspaceId).toBe('org-shop-dev');
    expect(portal.requests).toHaveLength(1);
  });

  it('is not chosen when the token has access to several, and the error lists them', async () => {
    const portal = await startPortal(three);
    const quix = makeClient(portal, { token: portal.addToken() });
    const error = await errorOf(quix.getBrokerCredentials());
    expect(error.code).toBe('QUIX_WORKSPACE_AMBIGUOUS');
    expect(error.message).toContain('org-shop-dev, org-shop-dev-eu, org-shop-live');
  });

  it('is the one with the shortest id that is the prefix of a topic id', async () => {
    const portal = await startPortal(three);
    const quix = makeClient(portal, { token: portal.addToken() });
    const topic = await quix.getTopic('org-shop-dev-orders', { create: false });
    expect(topic.id).toBe('org-shop-dev-orders');
    expect((await quix.getBrokerCredentials()).workspaceId).toBe('org-shop-dev');
  });

  it('does not change for a topic of another workspace, and no topic is created', async () => {
    const portal = await startPortal(three);
    const token = portal.addToken();
    const quix = makeClient(portal, { token, workspaceId: 'org-shop-dev' });
    const error = await errorOf(quix.getTopic('org-shop-live-orders'));
    expect(error.code).toBe('QUIX_TOPIC_NOT_FOUND');
    expect(error.summary).toMatch(/org-shop-live-orders .* org-shop-live, .* org-shop-dev\./);
    expect(error.hint).toContain('workspaceId');
    expect(asked(portal).filter((each) => each.startsWith('POST'))).toEqual([]);
  });

  it('is an error while it is being deleted, and a warning while it is being created', async () => {
    const portal = await startPortal({
      workspaces: [{ workspaceId: 'org-a-b', status: 'Deleting' }],
    });
    const error = await errorOf(makeClient(portal).getBrokerCredentials());
    expect(error.code).toBe('QUIX_WORKSPACE_NOT_FOUND');
    const other = await startPortal({
      workspaces: [{ workspaceId: 'org-a-b', status: 'Creating' }],
    });
    const quix = makeClient(other);
    const codes: string[] = [];
    quix.on('warning', ({ code }) => codes.push(code));
    await quix.getBrokerCredentials();
    expect(codes).toEqual(['WORKSPACE_NOT_READY']);
  });

  it.each([
    ['a platform of version 1', { version: 1 }],
    ['an unknown broker type', { brokerType: 'Pulsar' }],
    ['an unknown status', { status: 'Hibernating' }],
    ['no name', { raw: { name: null } }],
    ['unknown fields', { raw: { flavour: { sweet: true } } }],
  ] as const)('may have %s', async (_, options) => {
    const portal = await startPortal({ workspaces: [{ workspaceId: 'org-a-b', ...options }] });
    const quix = makeClient(portal);
    expect((await quix.getBrokerCredentials()).workspaceId).toBe('org-a-b');
    expect((await quix.getWorkspace()).id).toBe('org-a-b');
  });

  it('is independent of the workspace of another client in the same process', async () => {
    const portal = await startPortal(three);
    const token = portal.addToken();
    const ids = ['org-shop-dev', 'org-shop-dev-eu'] as const;
    const groups = await Promise.all(
      ids.flatMap((workspaceId) => {
        const quix = makeClient(portal, { token, workspaceId });
        return [quix.getConsumerGroup('g'), quix.getTopic('orders').then(({ id }) => id)];
      }),
    );
    expect(groups).toEqual([
      'org-shop-dev-g',
      'org-shop-dev-orders',
      'org-shop-dev-eu-g',
      'org-shop-dev-eu-orders',
    ]);
  });
});

describe('WorkspaceAccess.send', () => {
  type Visible = readonly { readonly workspaceId: string; readonly name?: string }[];
  interface Reply {
    readonly status?: number;
    readonly body?: unknown;
    /** The response is sent when this promise resolves. */
    readonly after?: Promise<void> | undefined;
  }

  /**
   * Starts a Portal in which each token has access to some workspaces. `intercept` may return another reply to a request,
   * which is described as a path and a token.
   */
  async function startWorkspaces(
    visibleTo: Readonly<Record<string, Visible>>,
    intercept: (path: string, token: string) => Reply | 'reset' | undefined = () => undefined,
  ) {
    const paths: string[] = [];
    const server = await startServer((socket, head) => {
      const path = /^GET (\S+)/.exec(head)?.[1] ?? '';
      const token = /Bearer (\S+)/.exec(head)?.[1] ?? '';
      paths.push(path);
      const visible = visibleTo[token];
      const found = visible?.find(({ workspaceId }) => path === `/workspaces/${workspaceId}`);
      const reply = intercept(path, token);
      if (reply === 'reset') {
        reset(socket);
        return;
      }
      const body = path === '/workspaces' ? visible : found;
      const { status = visible ? (body ? 200 : 404) : 401, after, ...rest } = reply ?? {};
      void Promise.resolve(after).then(() => {
        answer(status, rest.body ?? body ?? {})(socket, head);
      });
    });
    return { origin: server.origin, paths };
  }

  const named = (idOrName: string): WorkspaceReference => ({ idOrName, source: 'option' });

  function accessTo(origin: string, token: string, name?: WorkspaceReference) {
    const session = makeSession(origin, { sources: { token } });
    const log = logWarnings();
    return { session, log, access: new WorkspaceAccess(name, log.warn) };
  }

  /** Requests the workspace, with another token if there is one, and returns its id. */
  async function requestId(session: PortalSession, access: WorkspaceAccess, other?: string) {
    const source = other === undefined ? undefined : valueSource(other, 'rotateToken');
    using call = session.openCall({ source });
    return (await access.send(call, getWorkspace)).workspaceId;
  }

  it('looks for the workspace once for concurrent calls with the same token', async () => {
    const token = randomSecret();
    const { origin, paths } = await startWorkspaces({ [token]: [{ workspaceId: 'org-dev' }] });
    const { session, access } = accessTo(origin, token);
    const all = await Promise.all(Array.from({ length: 20 }, () => requestId(session, access)));
    expect(new Set(all)).toEqual(new Set(['org-dev']));
    expect(paths.filter((path) => path === '/workspaces')).toHaveLength(1);
    expect(paths).toHaveLength(21);
    await requestId(session, access);
    expect(paths).toHaveLength(22);
  });

  it('does not share the search of a call with another token', async () => {
    const [token, other] = [randomSecret(), randomSecret()];
    const visible = [{ workspaceId: 'org-dev' }];
    const { origin, paths } = await startWorkspaces({ [token]: visible, [other]: visible });
    const { session, access } = accessTo(origin, token);
    await Promise.all([requestId(session, access), requestId(session, access, other)]);
    expect(paths.filter((path) => path === '/workspaces')).toHaveLength(2);
  });

  it('looks again after a search that failed', async () => {
    const token = randomSecret();
    let isForbidden = true;
    const { origin } = await startWorkspaces({ [token]: [{ workspaceId: 'org-dev' }] }, () =>
      isForbidden ? { status: 403 } : undefined,
    );
    const { session, access } = accessTo(origin, token);
    const both = [requestId(session, access), requestId(session, access)];
    for (const { code } of await Promise.all(both.map(errorOf)))
      expect(code).toBe('QUIX_FORBIDDEN');
    isForbidden = false;
    expect(await requestId(session, access)).toBe('org-dev');
  });

  it('finds a workspace by its name for concurrent calls, even if one of them is slow', async () => {
    const token = randomSecret();
    const visible = [{ workspaceId: 'org-dev', name: 'Development' }];
    let release: () => void = () => undefined;
    const after = new Promise<void>((resolve) => (release = resolve));
    let isFirst = true;
    const { origin } = await startWorkspaces({ [token]: visible }, (path) => {
      if (path !== '/workspaces/Development' || !isFirst) return undefined;
      isFirst = false;
      return { status: 404, after };
    });
    const { session, access } = accessTo(origin, token, named('Development'));
    const slow = requestId(session, access);
    await expect.poll(() => isFirst).toBe(false);
    expect(await requestId(session, access)).toBe('org-dev');
    release();
    expect(await slow).toBe('org-dev');
  });

  it('returns the error of the Portal if the workspaces of the token cannot be listed', async () => {
    const token = randomSecret();
    const { origin, paths } = await startWorkspaces({ [token]: [] }, (path) =>
      path === '/workspaces' ? 'reset' : undefined,
    );
    const { session, access } = accessTo(origin, token, named('org-dve'));
    const error = await failureOf(() => requestId(session, access));
    expect(error).toMatchObject({ code: 'QUIX_WORKSPACE_NOT_FOUND', status: 404 });
    expect(paths).toEqual(['/workspaces/org-dve', '/workspaces']); // one attempt
  });

  it('does not look for a name after a request about the workspace has succeeded', async () => {
    const token = randomSecret();
    const visible = [{ workspaceId: 'org-dev' }];
    const { origin, paths } = await startWorkspaces({ [token]: visible });
    const { session, access } = accessTo(origin, token, named('org-dev'));
    await requestId(session, access);
    visible.pop();
    const error = await failureOf(() => requestId(session, access));
    expect(error.code).toBe('QUIX_WORKSPACE_NOT_FOUND');
    expect(paths).toEqual(['/workspaces/org-dev', '/workspaces/org-dev']);
  });

  it('fails with QUIX_WORKSPACE_CHANGED if a new token belongs to another workspace', async () => {
    const [token, other] = [randomSecret(), randomSecret()];
    const { origin } = await startWorkspaces({
      [token]: [{ workspaceId: 'org-dev' }],
      [other]: [{ workspaceId: 'org-live' }, { workspaceId: 'org-test' }],
    });
    const { session, access } = accessTo(origin, token);
    await requestId(session, access);
    const error = await failureOf(() => requestId(session, access, other));
    expect(error).toMatchObject({ code: 'QUIX_WORKSPACE_CHANGED', status: 404 });
    expect(error.summary).toMatch(/rotateToken\(\) .*org-live, org-test.* org-dev\b/);
    expect(error.hint).toMatch(/same environment.*client/);
    expect(await requestId(session, access)).toBe('org-dev');
  });

  it('keeps the error of the Portal if the new token has access to the workspace, or to none', async () => {
    const [token, other, blind] = [randomSecret(), randomSecret(), randomSecret()];
    const visible = [{ workspaceId: 'org-dev' }];
    const { origin } = await startWorkspaces(
      { [token]: visible, [other]: visible, [blind]: [] },
      (path, sent) => (path !== '/workspaces' && sent !== token ? { status: 403 } : undefined),
    );
    const { session, access } = accessTo(origin, token);
    await requestId(session, access);
    for (const each of [other, blind]) {
      const error = await failureOf(() => requestId(session, access, each));
      expect(error).toMatchObject({ code: 'QUIX_FORBIDDEN', status: 403 });
    }
  });

  it('fails if a concurrent call with another token found another workspace', async () => {
    const [token, other] = [randomSecret(), randomSecret()];
    const { origin } = await startWorkspaces({
      [token]: [{ workspaceId: 'org-dev' }],
      [other]: [{ workspaceId: 'org-live' }],
    });
    const { session, access } = accessTo(origin, token);
    const results = await Promise.allSettled([
      requestId(session, access),
      requestId(session, access, other),
    ]);
    const failed = results.filter(({ status }) => status === 'rejected');
    expect(failed).toMatchObject([{ reason: { code: 'QUIX_WORKSPACE_CHANGED' } }]);
    const reached = results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect([['org-dev'], ['org-live']]).toContainEqual(reached);
  });

  it('rejects with the reason when the session is closed while it lists the workspaces', async () => {
    const token = randomSecret();
    const { origin, paths } = await startWorkspaces({ [token]: [] }, (path) =>
      path === '/workspaces' ? { after: new Promise(() => undefined) } : undefined,
    );
    const { session, access } = accessTo(origin, token, named('org-dve'));
    const failed = failureOf(() => requestId(session, access));
    await expect.poll(() => paths).toContain('/workspaces');
    const closed = new QuixError('QUIX_CLIENT_CLOSED', 'Closed.');
    await session.close(closed);
    expect(await failed).toBe(closed);
  });
});
