import { describe, expect, it } from 'vitest';
import { ask, postTopic, startPortal } from './ask-portal.ts';

const DEFAULTS = {
  partitions: 1,
  replicationFactor: 2,
  retentionInMinutes: 1440,
  retentionInBytes: -1,
  cleanupPolicy: 'Delete',
};

describe('GET /{ws}/topics', () => {
  it('lists the topics, each in the Portal’s shape', async () => {
    const portal = await startPortal({
      topics: ['f1-data', { name: 'legacy', external: true, status: 'Error', lastError: 'disk' }],
    });
    const { status, body } = await ask(portal, '/org-project-dev/topics');
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
      // An external topic has no prefix.
      expect.objectContaining({ id: 'legacy', external: true, status: 'Error', lastError: 'disk' }),
    ]);
  });

  it('is 404 and 403 as the workspace is', async () => {
    const portal = await startPortal();
    const token = portal.addToken({ workspaces: [] });
    for (const path of ['topics', 'topics/t']) {
      expect((await ask(portal, `/elsewhere/${path}`)).status).toBe(404);
      expect((await ask(portal, `/${portal.workspaceId}/${path}`, { token })).status).toBe(403);
      expect((await ask(portal, `/${portal.workspaceId}/${path}`, { token: null })).status).toBe(
        401,
      );
    }
  });
});

describe('GET /{ws}/topics/{name}', () => {
  it('answers the topic, as of now', async () => {
    const portal = await startPortal();
    const topic = portal.addTopic({
      name: 'out',
      id: '12345-topic_out',
      configuration: { partitions: 3 },
    });
    expect(portal.topics.get('out')).toBe(topic);
    expect((await ask(portal, '/org-project-dev/topics/out')).body).toEqual(topic);
    topic.status = 'Deleting';
    expect((await ask(portal, '/org-project-dev/topics/out')).body).toMatchObject({
      id: '12345-topic_out',
      status: 'Deleting',
      configuration: { ...DEFAULTS, partitions: 3 },
    });
  });

  it('is 404 when there is none', async () => {
    const portal = await startPortal();
    expect(await ask(portal, '/org-project-dev/topics/none')).toMatchObject({
      status: 404,
      body: { message: "Topic 'none' was not found." },
    });
  });

  it('keeps the workspaces apart', async () => {
    const portal = await startPortal({
      workspaces: [{ workspaceId: 'one' }, { workspaceId: 'two', topics: ['t'] }],
    });
    const token = portal.addToken();
    expect((await ask(portal, '/one/topics/t', { token })).status).toBe(404);
    expect((await ask(portal, '/two/topics/t', { token })).body).toMatchObject({ id: 'two-t' });
    expect(portal.topics.size).toBe(0);
  });
});

describe('POST /{ws}/topics', () => {
  it('makes a topic, with the server’s defaults for what is null or absent', async () => {
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

  it('is 400 when a similar one exists', async () => {
    const portal = await startPortal({ topics: ['F1-data'] });
    expect(await postTopic(portal, { name: 'f1-data' })).toMatchObject({
      status: 400,
      body: { message: "Topic with name similar to 'f1-data' already exists." },
    });
    expect([...portal.topics.keys()]).toEqual(['F1-data']);
  });

  it('makes it once when several ask at the same time', async () => {
    const portal = await startPortal();
    const answers = await Promise.all([1, 2, 3].map(() => postTopic(portal, { name: 't' })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
  });

  it('is 415 without the content type of JSON', async () => {
    const portal = await startPortal();
    const bytes = new TextEncoder().encode('{"name":"t"}');
    expect((await postTopic(portal, {}, { headers: {}, body: bytes })).status).toBe(415);
    expect((await postTopic(portal, { name: 't' }, { headers: {} })).status).toBe(415);
    expect(portal.topics.size).toBe(0);
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    expect((await postTopic(portal, { name: 't' }, { headers })).status).toBe(200);
  });

  it.each([
    ['no JSON', '{"name":'],
    ['no object', '"t"'],
    ['no name', '{}'],
    ['an empty name', '{"name":""}'],
    ['a name of 206 characters', JSON.stringify({ name: 'x'.repeat(206) })],
    ['a name that Kafka cannot have', '{"name":"a b"}'],
    ['half a partition', '{"name":"t","configuration":{"partitions":1.5}}'],
    ['an unknown policy', '{"name":"t","configuration":{"cleanupPolicy":"shred"}}'],
  ])('is 400 for %s', async (_, body) => {
    const portal = await startPortal();
    const answer = await postTopic(portal, {}, { body });
    expect(answer).toMatchObject({ status: 400, body: { message: /./ } });
    expect(portal.topics.size).toBe(0);
  });

  it('takes its time when it is told to', async () => {
    const portal = await startPortal({ topicCreationMs: 80 });
    expect((await postTopic(portal, { name: 't' })).body).toMatchObject({ status: 'Creating' });
    const status = async (): Promise<unknown> =>
      ((await ask(portal, '/org-project-dev/topics/t')).body as { status: unknown }).status;
    expect(await status()).toBe('Creating');
    await expect.poll(status).toBe('Ready');
  });

  it('can end in an error', async () => {
    const portal = await startPortal({ topicCreationMs: 30 });
    await postTopic(portal, { name: 't' });
    Object.assign(portal.topics.get('t') ?? {}, { status: 'Error', lastError: 'no quota' });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect((await ask(portal, '/org-project-dev/topics/t')).body).toMatchObject({
      status: 'Error',
      lastError: 'no quota',
    });
  });
});
