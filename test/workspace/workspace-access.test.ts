import { describe, expect, it } from 'vitest';
import type { QuixWarning } from 'quix-streams-auth';
import { errorOf } from '../support/errors.ts';
import { asked, closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

const three = {
  workspaces: [
    { workspaceId: 'org-shop-dev', name: 'Development', topics: ['orders'] },
    { workspaceId: 'org-shop-dev-eu', name: 'Europe', topics: ['orders'] },
    { workspaceId: 'org-shop-live', name: 'Live', status: 'Creating' },
  ],
};

describe('the workspace of a client', () => {
  it('is the one whose id is given, at the cost of one request', async () => {
    const portal = await startPortal(three);
    const quix = makeClient(portal, { token: portal.addToken(), workspaceId: 'org-shop-dev-eu' });
    expect((await quix.getBrokerCredentials()).workspaceId).toBe('org-shop-dev-eu');
    expect(portal.requests).toHaveLength(1);
  });

  it.each(['Europe', 'europe'])('is the one whose name is given: %s', async (workspaceId) => {
    const portal = await startPortal(three);
    const quix = makeClient(portal, { token: portal.addToken(), workspaceId });
    expect((await quix.getBrokerCredentials()).workspaceId).toBe('org-shop-dev-eu');
    await quix.getBrokerCredentials({ forceRefresh: true });
    // The name as an id, the list, the settings; later the settings alone.
    expect(portal.requests).toHaveLength(4);
  });

  it('is not guessed when two have the name that is given', async () => {
    const portal = await startPortal({
      workspaces: [
        { workspaceId: 'org-one', name: 'dev' },
        { workspaceId: 'org-two', name: 'dev' },
      ],
    });
    const quix = makeClient(portal, { token: portal.addToken(), workspaceId: 'dev' });
    const error = await errorOf(quix.getBrokerCredentials());
    expect(error.code).toBe('QUIX_WORKSPACE_NOT_FOUND');
    expect(error.message).toContain('The token sees org-one, org-two.');
  });

  it.each([
    ['org-shop-dve', 'org-shop-dev'],
    ['Developmnet', 'Development'],
    ['ORG-SHOP-LIV', 'org-shop-live'],
  ])('that is mistyped as %s is not found, with %s as what was meant', async (typo, meant) => {
    const portal = await startPortal(three);
    const quix = makeClient(portal, { token: portal.addToken(), workspaceId: typo });
    const error = await errorOf(quix.getBrokerCredentials());
    expect(error.code).toBe('QUIX_WORKSPACE_NOT_FOUND');
    expect(error.message).toContain('The token sees org-shop-dev, org-shop-dev-eu, org-shop-live.');
    expect(error.message).toContain(`Did you mean ${meant}?`);
  });

  it('that is another word altogether is not found, and nothing is suggested', async () => {
    const portal = await startPortal(three);
    const quix = makeClient(portal, { token: portal.addToken(), workspaceId: 'warehouse' });
    expect((await errorOf(quix.getBrokerCredentials())).message).not.toContain('Did you mean');
  });

  it('that the token may not use is forbidden, with what it sees', async () => {
    const portal = await startPortal(three);
    const quix = makeClient(portal, { workspaceId: 'org-shop-live' });
    const error = await errorOf(quix.getBrokerCredentials());
    expect(error).toMatchObject({ code: 'QUIX_FORBIDDEN', status: 403 });
    expect(error.message).toContain('The token sees org-shop-dev.');
  });

  it('is the token’s only one, with a warning, where the variable names one that it does not see', async () => {
    const portal = await startPortal(three);
    const env = { ...portal.env, Quix__Workspace__Id: 'org-shop-live' };
    const quix = makeClient(portal, { env });
    const warnings: QuixWarning[] = [];
    quix.on('warning', (warning) => warnings.push(warning));
    expect((await quix.getBrokerCredentials()).workspaceId).toBe('org-shop-dev');
    expect(warnings).toMatchObject([
      { code: 'WORKSPACE_VARIABLE_IGNORED', about: 'Quix__Workspace__Id' },
    ]);
  });

  it('is that of the option where the variable names another one', async () => {
    const portal = await startPortal(three);
    const env = { ...portal.env, Quix__Workspace__Id: 'org-shop-live' };
    const quix = makeClient(portal, { env, token: portal.addToken(), workspaceId: 'org-shop-dev' });
    expect((await quix.getBrokerCredentials()).workspaceId).toBe('org-shop-dev');
    expect(portal.requests).toHaveLength(1);
  });

  it('is not guessed where the token sees several, and the error lists them', async () => {
    const portal = await startPortal(three);
    const quix = makeClient(portal, { token: portal.addToken() });
    const error = await errorOf(quix.getBrokerCredentials());
    expect(error.code).toBe('QUIX_WORKSPACE_AMBIGUOUS');
    expect(error.message).toContain('org-shop-dev, org-shop-dev-eu, org-shop-live');
  });

  it('is told by the id of a topic, the shortest workspace id first', async () => {
    const portal = await startPortal(three);
    const quix = makeClient(portal, { token: portal.addToken() });
    const topic = await quix.getTopic('org-shop-dev-orders', { create: false });
    expect(topic.id).toBe('org-shop-dev-orders');
    expect((await quix.getBrokerCredentials()).workspaceId).toBe('org-shop-dev');
  });

  it('stays what it is: a topic of another workspace is refused, and nothing is created', async () => {
    const portal = await startPortal(three);
    const token = portal.addToken();
    const quix = makeClient(portal, { token, workspaceId: 'org-shop-dev' });
    const error = await errorOf(quix.getTopic('org-shop-live-orders'));
    expect(error.code).toBe('QUIX_TOPIC_NOT_FOUND');
    expect(error.message).toContain(
      'prefix of workspace org-shop-live, but this client uses org-shop-dev',
    );
    expect(asked(portal).filter((each) => each.startsWith('POST'))).toEqual([]);
  });

  it('that is being deleted is an error, one that is being created a warning', async () => {
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
    ['a broker type that is new', { brokerType: 'Pulsar' }],
    ['a status that is new', { status: 'Hibernating' }],
    ['no name', { raw: { name: null } }],
    ['fields that are new', { raw: { flavour: { sweet: true } } }],
  ] as const)('may have %s', async (_, options) => {
    const portal = await startPortal({ workspaces: [{ workspaceId: 'org-a-b', ...options }] });
    const quix = makeClient(portal);
    expect((await quix.getBrokerCredentials()).workspaceId).toBe('org-a-b');
    expect((await quix.getWorkspace()).id).toBe('org-a-b');
  });

  it('is described by getWorkspace()', async () => {
    const portal = await startPortal(three);
    expect(await makeClient(portal).getWorkspace()).toEqual({
      id: 'org-shop-dev',
      name: 'Development',
      status: 'Ready',
      brokerType: 'SharedKafka',
    });
  });

  it('is never mixed with that of another client in the same process', async () => {
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

  it('cannot be asked of a client of a local broker', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal, { brokerAddress: 'localhost:9092', env: {} });
    expect((await errorOf(quix.getWorkspace())).code).toBe('QUIX_CONFIG');
  });
});
