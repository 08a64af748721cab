import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { PortalSession } from '../../src/portal/index.ts';
import { Topics } from '../../src/workspace/topics.ts';
import type { WorkspaceAccess } from '../../src/workspace/workspace-access.ts';
import { errorOf } from '../support/errors.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { asked, closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

const ws = 'org-project-dev';
const posts = (portal: Parameters<typeof asked>[0]): string[] =>
  asked(portal).filter((each) => each.startsWith('POST'));

describe('getTopic()', () => {
  it('returns the id, name, status and configuration of the topic with a name', async () => {
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

  it('returns the topic with an id, also with one request', async () => {
    const portal = await startPortal({ topics: ['f1-data'] });
    const quix = makeClient(portal, { workspaceId: ws });
    expect((await quix.getTopic(`${ws}-f1-data`)).name).toBe('f1-data');
    expect(portal.requests).toHaveLength(1);
  });

  it('returns the id that the Portal reports, because the id of an external topic does not have a prefix', async () => {
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

  it('finds a topic with a name that begins with the workspace id', async () => {
    const portal = await startPortal({ topics: [{ name: `${ws}-odd`, id: `${ws}-${ws}-odd` }] });
    expect((await makeClient(portal).getTopic(`${ws}-odd`)).id).toBe(`${ws}-${ws}-odd`);
  });

  it('sends one request for 1 000 concurrent calls for the same topic', async () => {
    const portal = await startPortal({ topics: ['f1-data'], latencyMs: 20 });
    const quix = makeClient(portal, { workspaceId: ws });
    const all = await Promise.all(Array.from({ length: 1_000 }, () => quix.getTopic('f1-data')));
    expect(new Set(all).size).toBe(1);
    expect(portal.requests).toHaveLength(1);
    await quix.getTopic('f1-data');
    expect(portal.requests).toHaveLength(2);
  });

  it('requests different topics in parallel', async () => {
    const topics = Array.from({ length: 50 }, (_, index) => `topic-${index}`);
    const portal = await startPortal({ topics, latencyMs: 100 });
    const quix = makeClient(portal, { workspaceId: ws });
    await quix.getTopic('topic-0');
    const start = performance.now();
    await Promise.all(topics.map((topic) => quix.getTopic(topic)));
    expect(performance.now() - start).toBeLessThan(2_500); // one after the other, they would take 5 s
  });

  it('continues for the other callers when one of them aborts', async () => {
    const portal = await startPortal({ topics: ['f1-data'], latencyMs: 30 });
    const quix = makeClient(portal, { workspaceId: ws });
    const others = quix.getTopic('f1-data');
    const reason = new Error('aborted');
    const controller = new AbortController();
    const one = quix.getTopic('f1-data', { signal: controller.signal });
    controller.abort(reason);
    await expect(one).rejects.toBe(reason);
    expect((await others).name).toBe('f1-data');
  });
});

describe('the first credentials and one topic', () => {
  it('need two parallel requests with a known workspace', async () => {
    const portal = await startPortal({ topics: ['f1-data'], latencyMs: 150 });
    const quix = makeClient(portal, { workspaceId: ws });
    await Promise.all([quix.getBrokerCredentials(), quix.getTopic('f1-data')]);
    expect(portal.requests).toHaveLength(2);
    const [first = 0, second = 0] = portal.requests.map(({ startedAt }) => startedAt);
    expect(Math.abs(second - first)).toBeLessThan(100); // the second request did not wait for the first
  });

  it('need three requests in two round trips without a known workspace', async () => {
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
  it('is created with the configuration that was passed, and the defaults of the server', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal);
    const configuration = { partitions: 6, cleanupPolicy: 'Compact' };
    const topic = await quix.getTopic('new-one', { configuration });
    expect(topic).toMatchObject({ id: `${ws}-new-one`, status: 'Ready' });
    expect(topic.configuration).toMatchObject({ ...configuration, retentionInMinutes: 1440 });
    expect(posts(portal)).toEqual([`POST /${ws}/topics`]);
  });

  it('is created under its name when its id was passed', async () => {
    const portal = await startPortal();
    expect((await makeClient(portal).getTopic(`${ws}-new-one`)).name).toBe('new-one');
  });

  it.each([
    ['autoCreateTopics of the client', { autoCreateTopics: false }, {}],
    ['create of the call', {}, { create: false }],
  ])('is an error with the closest name when %s is false', async (_, client, call) => {
    const portal = await startPortal({ topics: ['f1-data'] });
    const error = await errorOf(makeClient(portal, client).getTopic('f1-dtaa', call));
    expect(error).toMatchObject({ code: 'QUIX_TOPIC_NOT_FOUND', status: 404 });
    expect(error.summary).toMatch(new RegExp(`f1-dtaa .*${ws}\\.$`));
    expect(error.hint).toMatch(/ f1-data\?.*autoCreateTopics/);
    expect(posts(portal)).toEqual([]);
  });

  it('is created for one of two concurrent calls even if the other call must not create it', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal, { workspaceId: ws });
    const [error, topic] = await Promise.all([
      errorOf(quix.getTopic('new-one', { create: false })),
      quix.getTopic('new-one', { create: true }),
    ]);
    expect(error.code).toBe('QUIX_TOPIC_NOT_FOUND');
    expect(topic.name).toBe('new-one');
    expect(posts(portal)).toHaveLength(1);
  });

  it('is polled once per second for all callers while it is being created', async () => {
    const portal = await startPortal({ topicCreationMs: 1_500 });
    const quix = makeClient(portal, { workspaceId: ws });
    const all = await Promise.all(Array.from({ length: 20 }, () => quix.getTopic('slow')));
    expect(all.map(({ status }) => status)).toEqual(Array(20).fill('Ready'));
    const polls = asked(portal).filter((each) => each === `GET /${ws}/topics/slow`);
    expect(polls).toHaveLength(3); // before the creation, then after 1 s and 2 s
    expect(posts(portal)).toHaveLength(1);
  });

  it('is also waited for when another process creates it', async () => {
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
  ])('is found when another process created it meanwhile (%i, %s)', async (status, body) => {
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

  it('is found when its name differs only in case', async () => {
    const portal = await startPortal({ topics: ['F1-Data'] });
    expect((await makeClient(portal).getTopic('f1-data')).name).toBe('F1-Data');
  });

  it('is not created twice when the response to the creation was lost', async () => {
    const portal = await startPortal();
    portal.faults.push({ match: ({ method }) => method === 'POST', transport: 'truncate' });
    const topic = await makeClient(portal).getTopic('once');
    expect(topic.id).toBe(`${ws}-once`);
    expect(posts(portal)).toHaveLength(1);
  });

  it('is QUIX_TOPIC_FAILED with the message of the Portal when it cannot be created', async () => {
    const portal = await startPortal();
    portal.faults.push({
      match: ({ method }) => method === 'POST',
      status: 400,
      body: { message: 'Too many topics.', correlationId: 'abc-1' },
    });
    const error = await errorOf(makeClient(portal).getTopic('one-more'));
    expect(error).toMatchObject({ code: 'QUIX_TOPIC_FAILED', status: 400, correlationId: 'abc-1' });
    expect(error.summary).toMatch(/one-more .*"Too many topics"/);
    expect(error.hint).toContain('configuration');
  });

  it('is QUIX_FORBIDDEN when the token is not allowed to create it', async () => {
    const portal = await startPortal();
    const token = portal.addToken({ permissions: ['Read'] });
    const error = await errorOf(makeClient(portal, { token }).getTopic('mine'));
    expect(error.code).toBe('QUIX_FORBIDDEN');
  });
});

describe('getTopic() for other topics', () => {
  it('fails with the last error of a topic, and removes a token from it', async () => {
    const portal = await startPortal();
    portal.addTopic({ name: 'broken', status: 'Error', lastError: 'No quota left.' });
    portal.addTopic({ name: 'echo', status: 'Error', lastError: `not with ${portal.token1}` });
    const quix = makeClient(portal);
    const error = await errorOf(quix.getTopic('broken'));
    expect(error.code).toBe('QUIX_TOPIC_FAILED');
    expect(error.summary).toMatch(/broken .*: No quota left\.$/);
    const echo = await errorOf(quix.getTopic('echo'));
    expect(echo.summary).toMatch(/echo .*error state\.$/);
    expectNoLeak(echo, [portal.token1]);
  });

  it('fails for a topic that is being deleted', async () => {
    const portal = await startPortal({ topics: [{ name: 'gone', status: 'Deleting' }] });
    const error = await errorOf(makeClient(portal).getTopic('gone'));
    expect(error.code).toBe('QUIX_TOPIC_FAILED');
    expect(error.summary).toMatch(/gone .*deleted/);
  });

  it.each(['Updating', 'Hibernating'])('returns a topic with the status %s', async (status) => {
    const portal = await startPortal({ topics: [{ name: 'other', status }] });
    expect((await makeClient(portal).getTopic('other')).status).toBe(status);
  });

  it.each([
    ['a token', 'sdk-0123456789abcdef'],
    ['an empty text', ''],
    ['white space', 'f1 data'],
    ['a path', '../workspaces'],
    ['null', null as never],
  ])('does not accept %s as a name, and sends nothing', async (_, name) => {
    const portal = await startPortal();
    const error = await errorOf(makeClient(portal).getTopic(name));
    expect(error.code).toBe('QUIX_CONFIG');
    if (name) expect(error.message).not.toContain(name);
    expect(portal.requests).toHaveLength(0);
  });

  it('uses the fallback token after the first one was rotated', async () => {
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

  it('returns a topic with the same name and id for a local broker', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal, { brokerAddress: 'localhost:9092', env: {} });
    expect(await quix.getTopic('f1-data')).toEqual({
      id: 'f1-data',
      name: 'f1-data',
      status: 'Ready',
      external: true,
      configuration: {},
    });
    expect(portal.requests).toHaveLength(0);
  });

  it('ends with QUIX_CLIENT_CLOSED after close()', async () => {
    const portal = await startPortal({ topics: [{ name: 'slow', status: 'Creating' }] });
    const quix = makeClient(portal);
    const pending = errorOf(quix.getTopic('slow'));
    await delay(100);
    await quix.close();
    expect((await pending).code).toBe('QUIX_CLIENT_CLOSED');
    expect((await errorOf(quix.getTopic('slow'))).code).toBe('QUIX_CLIENT_CLOSED');
  });
});

describe('a topic that is not ready in time', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is QUIX_TOPIC_TIMEOUT after 60 s of polling', async () => {
    vi.useFakeTimers();
    let requests = 0;
    let accepted = 0;
    const debug = vi.fn<(message: string, fields: object) => void>();
    const session = {
      options: { observer: { debug } },
      openCall: () => ({
        deadline: { signal: new AbortController().signal },
        acceptToken: () => accepted++,
        [Symbol.dispose]: () => undefined,
      }),
    };
    const workspace = {
      send: () => {
        requests++;
        const value = { id: 'org-a-b-slow', name: 'slow', status: 'Creating' };
        return Promise.resolve({ workspaceId: 'org-a-b', value });
      },
    };
    const topics = new Topics(
      session as unknown as PortalSession,
      workspace as unknown as WorkspaceAccess,
      60_000,
    );
    const failure = errorOf(topics.get('slow', { create: false }));
    await vi.advanceTimersByTimeAsync(59_000);
    expect(requests).toBe(60); // the first request, then one per second
    await vi.advanceTimersByTimeAsync(2_000);
    const error = await failure;
    expect(error).toMatchObject({ code: 'QUIX_TOPIC_TIMEOUT', retryable: true });
    expect(error.summary).toMatch(/slow .*60000 ms/);
    expect(requests).toBe(61);
    expect(accepted).toBe(1);
    expect(debug).toHaveBeenCalledTimes(60);
    const [message, fields] = debug.mock.calls[30] ?? [];
    expect(message).toMatch(/slow\. .*30000 ms .*60000 ms .*topicTimeoutMs/);
    expect(fields).toEqual({ event: 'waiting', about: 'slow', waitedMs: 30_000 });
  });

  it('is QUIX_TOPIC_TIMEOUT after topicTimeoutMs, even if it is shorter than the polling interval', async () => {
    const portal = await startPortal({ topics: [{ name: 'slow', status: 'Creating' }] });
    const quix = makeClient(portal, { topicTimeoutMs: 150 });
    const started = performance.now();
    const error = await errorOf(quix.getTopic('slow'));
    expect(performance.now() - started).toBeLessThan(900);
    expect(error).toMatchObject({ code: 'QUIX_TOPIC_TIMEOUT', retryable: true });
    expect(error.message).toMatch(/150 ms.*topicTimeoutMs/);
  });

  it('can have the longest time limit of a Node timer', async () => {
    const portal = await startPortal({ topics: [{ name: 'slow', status: 'Creating' }] });
    const warnings: string[] = [];
    const record = (warning: Error): void => void warnings.push(warning.name);
    process.on('warning', record);
    onTestFinished(() => void process.off('warning', record));
    const quix = makeClient(portal, { topicTimeoutMs: 2 ** 31 - 1 });
    const topic = quix.getTopic('slow');
    await vi.waitFor(() => {
      expect(portal.requests.length).toBeGreaterThan(1);
    });
    Object.assign(portal.topics.get('slow') ?? {}, { status: 'Ready' });
    expect((await topic).status).toBe('Ready');
    expect(warnings).toEqual([]);
  });
});

describe('getTopics()', () => {
  it('lists all topics of the workspace', async () => {
    const portal = await startPortal({ topics: ['a', { name: 'b', external: true }] });
    const topics = await makeClient(portal).getTopics();
    expect(topics.map(({ id, external }) => [id, external])).toEqual([
      [`${ws}-a`, false],
      ['b', true],
    ]);
  });
});
