import { describe, expect, it } from 'vitest';
import { send, postTopic, startPortal } from './request-portal.ts';

const DEFAULTS = {
  partitions: 1,
  replicationFactor: 2,
  retentionInMinutes: 1440,
  retentionInBytes: -1,
  cleanupPolicy: 'Delete',
};

describe('GET /{ws}/topics', () => {
  it('lists the topics with the fields of the Portal', async () => {
    const portal = await startPortal({
      topics: ['f1-data', { name: 'legacy', external: true, status: 'Error', lastError: 'disk' }],
    });
    const { status, body } = await send(portal, '/org-project-dev/topics');
    expect(status).toBe(200);
    expect(body).toEqual([
      {
        id: 'org-project-dev-f1-data',
        name: 'f1-data',
        createdAt: expect.stringMatching(/Z$/) as unknown,
        updatedAt: expect.stringMatching(/Z$/) as unknown,
        persisted: false,
        persistedStatus: 'Complete',
        external: false,
        workspaceId: 'org-project-dev',
        status: 'Ready',
        configuration: DEFAULTS,
      },
      // The id of an external topic has no prefix.
      expect.objectContaining({ id: 'legacy', external: true, status: 'Error', lastError: 'disk' }),
    ]);
  });

  it('answers 404, 403 or 401 in the same cases as GET /workspaces/{id}', async () => {
    const portal = await startPortal();
    const token = portal.addToken({ workspaces: [] });
    for (const path of ['topics', 'topics/t']) {
      expect((await send(portal, `/elsewhere/${path}`)).status).toBe(404);
      expect((await send(portal, `/${portal.workspaceId}/${path}`, { token })).status).toBe(403);
      expect((await send(portal, `/${portal.workspaceId}/${path}`, { token: null })).status).toBe(
        401,
      );
    }
  });
});

describe('GET /{ws}/topics/{name}', () => {
  it('returns the current state of the topic', async () => {
    const portal = await startPortal();
    const topic = portal.addTopic({
      name: 'out',
      id: '12345-topic_out',
      configuration: { partitions: 3 },
    });
    expect(portal.topics.get('out')).toBe(topic);
    expect((await send(portal, '/org-project-dev/topics/out')).body).toEqual(topic);
    topic.status = 'Deleting';
    expect((await send(portal, '/org-project-dev/topics/out')).body).toMatchObject({
      id: '12345-topic_out',
      status: 'Deleting',
      configuration: { ...DEFAULTS, partitions: 3 },
    });
  });

  it('answers 404 for an unknown topic', async () => {
    const portal = await startPortal();
    expect(await send(portal, '/org-project-dev/topics/none')).toMatchObject({
      status: 404,
      body: { message: "Topic 'none' was not found." },
    });
  });

  it('finds only topics of the workspace in the path', async () => {
    const portal = await startPortal({
      workspaces: [{ workspaceId: 'one' }, { workspaceId: 'two', topics: ['t'] }],
    });
    const token = portal.addToken();
    expect((await send(portal, '/one/topics/t', { token })).status).toBe(404);
    expect((await send(portal, '/two/topics/t', { token })).body).toMatchObject({ id: 'two-t' });
    expect(portal.topics.size).toBe(0);
  });
});

describe('POST /{ws}/topics', () => {
  it('creates a topic, with defaults for settings that are null or absent', async () => {
    const portal = await startPortal();
    const configuration = { partitions: 4, replicationFactor: null, cleanupPolicy: 'compact' };
    const { status, body } = await postTopic(portal, { name: 't', configuration });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: 'org-project-dev-t',
      status: 'Ready',
      configuration: { ...DEFAULTS, partitions: 4, cleanupPolicy: 'Compact' },
    });
    expect(portal.topics.get('t')).toEqual(body);
    const written = { cleanupPolicy: 'DeleteAndCompact' };
    expect((await postTopic(portal, { name: 'v', configuration: written })).body).toMatchObject({
      configuration: written,
    });
    expect((await postTopic(portal, { name: '_u' })).body).toMatchObject({
      configuration: DEFAULTS,
    });
  });

  it('answers 400 if a topic with a similar name exists', async () => {
    const portal = await startPortal({ topics: ['F1-data'] });
    expect(await postTopic(portal, { name: 'f1-data' })).toMatchObject({
      status: 400,
      body: { message: "Topic with name similar to 'f1-data' already exists." },
    });
    expect([...portal.topics.keys()]).toEqual(['F1-data']);
  });

  it('creates a topic once for several requests at the same time', async () => {
    const portal = await startPortal();
    const responses = await Promise.all([1, 2, 3].map(() => postTopic(portal, { name: 't' })));
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
  });

  it('answers 415 without a JSON content type', async () => {
    const portal = await startPortal();
    const bytes = new TextEncoder().encode('{"name":"t"}');
    expect((await postTopic(portal, {}, { headers: {}, body: bytes })).status).toBe(415);
    expect((await postTopic(portal, { name: 't' }, { headers: {} })).status).toBe(415);
    expect(portal.topics.size).toBe(0);
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    expect((await postTopic(portal, { name: 't' }, { headers })).status).toBe(200);
  });

  it.each([
    ['a body that is not JSON', '{"name":'],
    ['a body that is not an object', '"t"'],
    ['a missing name', '{}'],
    ['an empty name', '{"name":""}'],
    ['a name of 206 characters', JSON.stringify({ name: 'x'.repeat(206) })],
    ['a name that is not valid in Kafka', '{"name":"a b"}'],
    ['a fractional number of partitions', '{"name":"t","configuration":{"partitions":1.5}}'],
    ['an unknown cleanup policy', '{"name":"t","configuration":{"cleanupPolicy":"shred"}}'],
  ])('answers 400 for %s', async (_, body) => {
    const portal = await startPortal();
    const response = await postTopic(portal, {}, { body });
    expect(response).toMatchObject({ status: 400, body: { message: /./ } });
    expect(portal.topics.size).toBe(0);
  });

  it('keeps a new topic in status Creating for `topicCreationMs`', async () => {
    const portal = await startPortal({ topicCreationMs: 80 });
    expect((await postTopic(portal, { name: 't' })).body).toMatchObject({ status: 'Creating' });
    const status = async (): Promise<unknown> =>
      ((await send(portal, '/org-project-dev/topics/t')).body as { status: unknown }).status;
    expect(await status()).toBe('Creating');
    await expect.poll(status).toBe('Ready');
  });

  it('leaves a status that the test sets in the meantime', async () => {
    const portal = await startPortal({ topicCreationMs: 30 });
    await postTopic(portal, { name: 't' });
    Object.assign(portal.topics.get('t') ?? {}, { status: 'Error', lastError: 'no quota' });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect((await send(portal, '/org-project-dev/topics/t')).body).toMatchObject({
      status: 'Error',
      lastError: 'no quota',
    });
  });
});
