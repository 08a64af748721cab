import { describe, expect, it } from 'vitest';
import { assertName } from '../../src/workspace/workspace-resources.ts';
import { errorOf, errorThrown } from '../support/errors.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

const ws = 'org-project-dev';

describe('getConsumerGroup() and getTransactionalId()', () => {
  it.each([
    ['my-service', `${ws}-my-service`],
    [`${ws}-my-service`, `${ws}-my-service`],
    // The official Python client checks the prefix without the dash, so it would not change this name.
    [`${ws}ices`, `${ws}-${ws}ices`],
    [ws, `${ws}-${ws}`],
    [`${ws}-${ws}-x`, `${ws}-${ws}-x`],
    ['Group with spaces', `${ws}-Group with spaces`],
    ['x'.repeat(300), `${ws}-${'x'.repeat(300)}`],
  ])('add the prefix to %s exactly once: %s', async (name, id) => {
    const quix = makeClient(await startPortal());
    expect(await quix.getConsumerGroup(name)).toBe(id);
    expect(await quix.getTransactionalId(name)).toBe(id);
  });

  it('do not send a request of their own', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal, { workspaceId: ws });
    await quix.getBrokerCredentials();
    await Promise.all([quix.getConsumerGroup('a'), quix.getTransactionalId('b')]);
    expect(portal.requests).toHaveLength(1);
  });

  it.each([
    ['Quix__Consumer_Group', { Quix__Consumer_Group: 'one', Quix__Consumer__Group: 'two' }, 'one'],
    ['Quix__Consumer__Group', { Quix__Consumer_Group: ' ', Quix__Consumer__Group: 'two' }, 'two'],
    ['the default of the Python client', {}, 'quixstreams-default'],
  ])('use %s without a name', async (_, variables, group) => {
    const portal = await startPortal();
    const quix = makeClient(portal, { env: { ...portal.env, ...variables } });
    expect(await quix.getConsumerGroup()).toBe(`${ws}-${group}`);
  });

  it('return a random name for the group null and for a missing transactional id', async () => {
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

  it('return names unchanged for a local broker', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal, { brokerAddress: 'localhost:9092', env: {} });
    expect(await quix.getConsumerGroup('g')).toBe('g');
    expect(await quix.getTransactionalId('t')).toBe('t');
  });

  it('do not accept a name that is too long with the prefix', async () => {
    const quix = makeClient(await startPortal());
    const longest = 'x'.repeat(32_767 - `${ws}-`.length);
    expect(await quix.getConsumerGroup(longest)).toBe(`${ws}-${longest}`);
    for (const call of [
      quix.getConsumerGroup(`${longest}x`),
      quix.getTransactionalId(`${longest}x`),
    ])
      expect((await errorOf(call)).hint).toContain('32767 bytes');
  });

  it.each([
    ['', 'name'],
    ['with\nbreak', 'name'],
    ['with\u001b[31m', 'name'],
    ['with\u2028break', 'name'],
    ['x'.repeat(32_768), '32767 bytes'],
    ['sdk-0123456789abcdef', 'token'],
  ])('do not accept %j, and do not repeat it', async (name, problem) => {
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

describe('assertName', () => {
  const problemOf = (...args: Parameters<typeof assertName>) =>
    errorThrown(() => {
      assertName(...args);
    });

  it('accepts for a topic only what Kafka allows', () => {
    assertName(`A_b.c-${'x'.repeat(243)}`, 'topic');
    for (const name of ['', ' ', 'a b', 'a/b', 'ä', 'x'.repeat(250), undefined, 5]) {
      const error = problemOf(name, 'topic');
      expect(error.code).toBe('QUIX_CONFIG');
      expect(error.hint).toContain('249');
    }
  });

  it('accepts printable text for a consumer group and a transactional producer', () => {
    assertName('Group with späces', 'consumer group');
    assertName('x'.repeat(32_767), 'transactional producer');
    for (const name of ['', ' ', 'a\nb', 'ä'.repeat(16_384), null])
      expect(problemOf(name, 'transactional producer').summary).toContain('transactional producer');
  });

  it('names the kind of name that is a token, and does not repeat the token', () => {
    const error = problemOf('sdk-0123456789abcdef', 'consumer group');
    expect(error.message).toMatch(/consumer group.*token/);
    expect(error.message).not.toContain('0123456789');
  });
});
