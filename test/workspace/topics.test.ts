import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../support/errors.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { asked, closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

const ws = 'org-project-dev';
const posts = (portal: Parameters<typeof asked>[0]): string[] =>
  asked(portal).filter((each) => each.startsWith('POST'));

describe('getTopic()', () => {
  it('gives the id, name, status and configuration of a topic by its name', async () => {
    const portal = await startPortal({
      topics: [{ name: 'f1-data', configuration: { partitions: 12 } }],
    });
    expect(await makeClient(portal, { workspaceId: ws }).getTopic('f1-data')).toEqual({
      id: `${ws}-f1-data`,
      name: 'f1-data',
      status: 'Ready',
      external: false,
      configuration: {
        partitions: 12,
        replicationFactor: 2,
        retentionInMinutes: 1440,
        retentionInBytes: -1,
        cleanupPolicy: 'Delete',
      },
    });
    expect(asked(portal)).toEqual([`GET /${ws}/topics/f1-data`]);
  });

  it('gives the same topic by its id, at the same cost', async () => {
    const portal = await startPortal({ topics: ['f1-data'] });
    const quix = makeClient(portal, { workspaceId: ws });
    expect((await quix.getTopic(`${ws}-f1-data`)).name).toBe('f1-data');
    expect(portal.requests).toHaveLength(1);
  });

  it('never computes an id: an external topic has no prefix, another one has an id of its own', async () => {
    const portal = await startPortal({
      topics: [
        { name: 'legacy', external: true },
        { name: 'topic-out', id: '12345-topic_out' },
      ],
    });
    const quix = makeClient(portal);
    expect(await quix.getTopic('legacy')).toMatchObject({ id: 'legacy', external: true });
    expect((await quix.getTopic('topic-out')).id).toBe('12345-topic_out');
    expect((await quix.getTopic('12345-topic_out')).name).toBe('topic-out');
    expect(posts(portal)).toEqual([]);
  });

  it('takes a name that itself begins with the id of the workspace for what it is', async () => {
    const portal = await startPortal({ topics: [{ name: `${ws}-odd`, id: `${ws}-${ws}-odd` }] });
    expect((await makeClient(portal).getTopic(`${ws}-odd`)).id).toBe(`${ws}-${ws}-odd`);
  });

  it('costs one request however many ask for the topic at once', async () => {
    const portal = await startPortal({ topics: ['f1-data'], latencyMs: 20 });
    const quix = makeClient(portal, { workspaceId: ws });
    const all = await Promise.all(Array.from({ length: 1_000 }, () => quix.getTopic('f1-data')));
    expect(new Set(all).size).toBe(1);
    expect(portal.requests).toHaveLength(1);
    await quix.getTopic('f1-data');
    expect(portal.requests).toHaveLength(2);
  });

  it('asks for many topics in parallel', async () => {
    const topics = Array.from({ length: 50 }, (_, index) => `topic-${index}`);
    const portal = await startPortal({ topics, latencyMs: 100 });
    const quix = makeClient(portal, { workspaceId: ws });
    await quix.getTopic('topic-0');
    const start = performance.now();
    await Promise.all(topics.map((topic) => quix.getTopic(topic)));
    expect(performance.now() - start).toBeLessThan(2_500); // one after the other it would be 5 s
  });

  it('lets one caller give up and the others go on', async () => {
    const portal = await startPortal({ topics: ['f1-data'], latencyMs: 30 });
    const quix = makeClient(portal, { workspaceId: ws });
    const others = quix.getTopic('f1-data');
    const reason = new Error('no more');
    const controller = new AbortController();
    const one = quix.getTopic('f1-data', { signal: controller.signal });
    controller.abort(reason);
    await expect(one).rejects.toBe(reason);
    expect((await others).name).toBe('f1-data');
  });
});

describe('the first connection and one topic', () => {
  it('are two requests, in parallel, with a known workspace', async () => {
    const portal = await startPortal({ topics: ['f1-data'], latencyMs: 150 });
    const quix = makeClient(portal, { workspaceId: ws });
    await Promise.all([quix.getBrokerCredentials(), quix.getTopic('f1-data')]);
    expect(portal.requests).toHaveLength(2);
    const [first = 0, second = 0] = portal.requests.map(({ startedAt }) => startedAt);
    expect(Math.abs(second - first)).toBeLessThan(100); // the second did not wait for the first
  });

  it('are three requests and two round trips without', async () => {
    const portal = await startPortal({ topics: ['f1-data'], latencyMs: 150 });
    const quix = makeClient(portal);
    await Promise.all([quix.getBrokerCredentials(), quix.getTopic('f1-data')]);
    expect(asked(portal).sort()).toEqual([
      `GET /${ws}/topics/f1-data`,
      'GET /workspaces',
      `GET /workspaces/${ws}/broker/librdkafka`,
    ]);
    const [, second = 0, third = 0] = portal.requests.map(({ startedAt }) => startedAt);
    expect(third - second).toBeLessThan(100);
  });
});

describe('a topic that does not exist', () => {
  it('is created with the configuration that was given, the rest being the server’s choice', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal);
    const configuration = { partitions: 6, cleanupPolicy: 'Compact' };
    const topic = await quix.getTopic('new-one', { configuration });
    expect(topic).toMatchObject({ id: `${ws}-new-one`, status: 'Ready' });
    expect(topic.configuration).toMatchObject({ ...configuration, retentionInMinutes: 1440 });
    expect(posts(portal)).toEqual([`POST /${ws}/topics`]);
  });

  it('is created by its name when its id is given', async () => {
    const portal = await startPortal();
    expect((await makeClient(portal).getTopic(`${ws}-new-one`)).name).toBe('new-one');
  });

  it.each([
    ['the client’s autoCreateTopics', { autoCreateTopics: false }, {}],
    ['the call’s create', {}, { create: false }],
  ])('is not found when %s is false, with what may have been meant', async (_, client, call) => {
    const portal = await startPortal({ topics: ['f1-data'] });
    const error = await errorOf(makeClient(portal, client).getTopic('f1-dtaa', call));
    expect(error).toMatchObject({ code: 'QUIX_TOPIC_NOT_FOUND', status: 404 });
    expect(error.message).toContain(`There is no topic f1-dtaa in workspace ${ws}.`);
    expect(error.message).toContain('Did you mean f1-data?');
    expect(posts(portal)).toEqual([]);
  });

  it('is waited for while it is being created, with one poll for all who wait', async () => {
    const portal = await startPortal({ topicCreationMs: 1_500 });
    const quix = makeClient(portal, { workspaceId: ws });
    const all = await Promise.all(Array.from({ length: 20 }, () => quix.getTopic('slow')));
    expect(all.map(({ status }) => status)).toEqual(Array(20).fill('Ready'));
    const polls = asked(portal).filter((each) => each === `GET /${ws}/topics/slow`);
    expect(polls).toHaveLength(3); // that it is missing, then after 1 s and 2 s
    expect(posts(portal)).toHaveLength(1);
  });

  it('that is found while somebody else creates it is waited for, too', async () => {
    const portal = await startPortal({ topics: [{ name: 'slow', status: 'Creating' }] });
    const pending = makeClient(portal, { workspaceId: ws }).getTopic('slow');
    await delay(200);
    portal.addTopic('slow');
    expect((await pending).status).toBe('Ready');
  });

  it.each([
    [400, "Topic with name similar to 'race' already exists."],
    [409, 'The topic exists already'],
    [400, 'TopicExistsException'],
  ])('and is created by somebody else meanwhile (%i, %s) is that one', async (status, body) => {
    const portal = await startPortal();
    portal.faults.push({
      match: ({ method }) => {
        const isPost = method === 'POST';
        if (isPost) portal.addTopic({ name: 'race', configuration: { partitions: 7 } });
        return isPost;
      },
      status,
      body,
    });
    const topic = await makeClient(portal).getTopic('race');
    expect(topic.configuration.partitions).toBe(7);
    expect(posts(portal)).toHaveLength(1);
  });

  it('is the one whose name differs in case alone, where the platform says so', async () => {
    const portal = await startPortal({ topics: ['F1-Data'] });
    expect((await makeClient(portal).getTopic('f1-data')).name).toBe('F1-Data');
  });

  it('is not created a second time when the answer to the creation was lost', async () => {
    const portal = await startPortal();
    portal.faults.push({ match: ({ method }) => method === 'POST', transport: 'truncate' });
    const topic = await makeClient(portal).getTopic('once');
    expect(topic.id).toBe(`${ws}-once`);
    expect(posts(portal)).toHaveLength(1);
  });

  it('and cannot be created is QUIX_TOPIC_FAILED with what the Portal says', async () => {
    const portal = await startPortal();
    portal.faults.push({
      match: ({ method }) => method === 'POST',
      status: 400,
      body: { message: 'Too many topics.', correlationId: 'abc-1' },
    });
    const error = await errorOf(makeClient(portal).getTopic('one-more'));
    expect(error).toMatchObject({ code: 'QUIX_TOPIC_FAILED', status: 400, correlationId: 'abc-1' });
    expect(error.message).toContain('Too many topics');
  });

  it('and may not be created by this token is QUIX_FORBIDDEN', async () => {
    const portal = await startPortal();
    const token = portal.addToken({ permissions: ['Read'] });
    const error = await errorOf(makeClient(portal, { token }).getTopic('mine'));
    expect(error.code).toBe('QUIX_FORBIDDEN');
  });
});

describe('a topic in trouble', () => {
  it('is QUIX_TOPIC_FAILED with the last error of the server, without what that echoes', async () => {
    const portal = await startPortal();
    portal.addTopic({ name: 'broken', status: 'Error', lastError: 'No quota left.' });
    portal.addTopic({ name: 'echo', status: 'Error', lastError: `not with ${portal.token1}` });
    const quix = makeClient(portal);
    const error = await errorOf(quix.getTopic('broken'));
    expect(error.code).toBe('QUIX_TOPIC_FAILED');
    expect(error.message).toContain('it is in an error state: No quota left.');
    const echo = await errorOf(quix.getTopic('echo'));
    expect(echo.message).toContain('it is in an error state.');
    expectNoLeak(echo, [portal.token1]);
  });

  it('that is being deleted is QUIX_TOPIC_FAILED', async () => {
    const portal = await startPortal({ topics: [{ name: 'gone', status: 'Deleting' }] });
    const error = await errorOf(makeClient(portal).getTopic('gone'));
    expect(error.code).toBe('QUIX_TOPIC_FAILED');
    expect(error.message).toContain('it is being deleted');
  });

  it.each(['Updating', 'Hibernating'])('whose status is %s can be used', async (status) => {
    const portal = await startPortal({ topics: [{ name: 'other', status }] });
    expect((await makeClient(portal).getTopic('other')).status).toBe(status);
  });

  it.each([
    ['a token', 'sdk-0123456789abcdef'],
    ['nothing', ''],
    ['white space', 'f1 data'],
    ['a path', '../workspaces'],
    ['no text', null as never],
  ])('whose name is %s is refused before anything is sent, and not repeated', async (_, name) => {
    const portal = await startPortal();
    const error = await errorOf(makeClient(portal).getTopic(name));
    expect(error.code).toBe('QUIX_CONFIG');
    if (name) expect(error.message).not.toContain(name);
    expect(portal.requests).toHaveLength(0);
  });

  it('is asked for with the other token when the first one was rotated away', async () => {
    const portal = await startPortal({ topics: ['f1-data'] });
    const quix = makeClient(portal, {
      token: portal.token1,
      fallbackToken: portal.token2,
      env: {},
      portalApi: portal.url,
    });
    portal.rotateTokens();
    expect((await quix.getTopic('f1-data')).name).toBe('f1-data');
    expect(quix.describe().token).toMatchObject({ source: 'fallbackToken' });
  });

  it('of a local broker is called what it is called', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal, { brokerAddress: 'localhost:9092', env: {} });
    expect(await quix.getTopic('f1-data')).toMatchObject({ id: 'f1-data', name: 'f1-data' });
    expect((await errorOf(quix.getTopics())).code).toBe('QUIX_CONFIG');
    expect(portal.requests).toHaveLength(0);
  });

  it('is no longer asked about after close()', async () => {
    const portal = await startPortal({ topics: [{ name: 'slow', status: 'Creating' }] });
    const quix = makeClient(portal);
    const pending = errorOf(quix.getTopic('slow'));
    await delay(100);
    await quix.close();
    expect((await pending).code).toBe('QUIX_CLIENT_CLOSED');
    expect((await errorOf(quix.getTopic('slow'))).code).toBe('QUIX_CLIENT_CLOSED');
  });
});

describe('getTopics()', () => {
  it('lists all topics of the environment', async () => {
    const portal = await startPortal({ topics: ['a', { name: 'b', external: true }] });
    const topics = await makeClient(portal).getTopics();
    expect(topics.map(({ id, external }) => [id, external])).toEqual([
      [`${ws}-a`, false],
      ['b', true],
    ]);
  });
});
