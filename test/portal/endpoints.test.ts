import { describe, expect, it } from 'vitest';
import {
  createTopic,
  getBrokerSettings,
  getTopic,
  getTopics,
  getWorkspace,
  getWorkspaces,
  queryPermission,
  type PortalRequest,
  type PortalSession,
} from '../../src/portal/index.ts';
import { randomSecret } from '../support/leaks.ts';
import { failureOf, makeSession, sendOne } from '../support/portal-access.ts';
import { answer, startListener, startServer } from '../support/scripted-server.ts';

const topic = { id: 'org-dev-orders', name: 'orders', status: 'Ready' };
const settings = {
  'bootstrap.servers': 'broker.example:9093',
  'security.protocol': 'SASL_SSL',
  'sasl.mechanism': 'SCRAM-SHA-512',
  'sasl.username': 'org-dev',
  'sasl.password': randomSecret('pw-'),
};

/** Sends a request to a server that answers with `body`. Returns the result and the first line of the request. */
async function receive<T>(request: PortalRequest<T>, body: unknown, token = randomSecret()) {
  const server = await startServer(answer(200, body));
  const value = await sendOne(makeSession(server.origin, { sources: { token } }), request);
  expect(server.heads).toHaveLength(1);
  return { value, line: server.heads[0]?.split(' HTTP')[0] };
}

describe('getWorkspaces', () => {
  it('requests the list of workspaces', async () => {
    const list = [{ workspaceId: 'org-dev' }];
    expect(await receive(getWorkspaces(), list)).toEqual({ value: list, line: 'GET /workspaces' });
    expect((await receive(getWorkspaces(), [])).value).toEqual([]);
  });

  it('leaves out workspaces with an id that contains a token of this session', async () => {
    const [current, previous] = [randomSecret(), randomSecret()];
    const echo = (text: string): unknown => ({ workspaceId: `w-${text}` });
    const list = [echo(current), echo('1'), echo(previous.toUpperCase())];
    const server = await startServer([answer(401), answer(200, list)]);
    const session = makeSession(server.origin, {
      sources: { token: previous, fallbackToken: current },
    });
    expect(await sendOne(session, getWorkspaces())).toEqual([{ workspaceId: 'w-1' }]);
  });

  it('removes names with tokens or unprintable characters', async () => {
    const token = randomSecret();
    const list = [
      { workspaceId: 'a', name: `Dev\u0007` },
      { workspaceId: 'b', name: token },
      { workspaceId: 'c', name: null },
    ];
    expect((await receive(getWorkspaces(), list, token)).value).toEqual([
      { workspaceId: 'a', name: null },
      { workspaceId: 'b', name: null },
      { workspaceId: 'c', name: null },
    ]);
  });
});

describe('getWorkspace', () => {
  it('requests one workspace', async () => {
    const workspace = { workspaceId: 'org-dev', name: 'Dev' };
    expect(await receive(getWorkspace('org-dev'), workspace)).toEqual({
      value: workspace,
      line: 'GET /workspaces/org-dev',
    });
  });
});

describe('getBrokerSettings', () => {
  it('requests the settings of a workspace, with its id encoded', async () => {
    const all = { ...settings, 'new.key': '1' };
    expect(await receive(getBrokerSettings('org/dev'), all)).toEqual({
      value: all,
      line: 'GET /workspaces/org%2Fdev/broker/librdkafka',
    });
  });

  it('sends nothing for an id that would lead to another endpoint', async () => {
    const server = await startServer(answer(200, settings));
    const session = makeSession(server.origin);
    const error = await failureOf(() => sendOne(session, getBrokerSettings('..')));
    expect(error.code).toBe('QUIX_CONFIG');
    expect(server.connections).toBe(0);
  });

  it('fails with the name of a workspace that does not exist', async () => {
    const server = await startServer(answer(404, { message: 'Nope', correlationId: 'c-9' }));
    const session = makeSession(server.origin);
    const error = await failureOf(() => sendOne(session, getBrokerSettings('org-dve')));
    expect(error).toMatchObject({
      code: 'QUIX_WORKSPACE_NOT_FOUND',
      status: 404,
      correlationId: 'c-9',
    });
    expect(error.message).toContain('org-dve');
  });
});

describe('getTopics', () => {
  it('requests the topics of a workspace', async () => {
    expect(await receive(getTopics('org-dev'), [topic])).toEqual({
      value: [topic],
      line: 'GET /org-dev/topics',
    });
  });

  it('leaves out topics with the token in their id or name, and cleans the last error', async () => {
    const token = randomSecret();
    const topics = [
      { ...topic, id: token },
      { ...topic, name: token },
      { ...topic, lastError: `no ${token}` },
      { ...topic, lastError: 'disk\nfull' },
    ];
    const { value } = await receive(getTopics('org-dev'), topics, token);
    expect(value).toEqual([topic, { ...topic, lastError: 'disk full' }]);
  });
});

describe('getTopic', () => {
  it('requests one topic, with its name encoded, and removes the token from its last error', async () => {
    const token = randomSecret();
    const body = { ...topic, lastError: `no ${token}` };
    expect(await receive(getTopic('org-dev', 'a/b'), body, token)).toEqual({
      value: topic,
      line: 'GET /org-dev/topics/a%2Fb',
    });
  });

  it('fails with the names of a topic that does not exist and of its workspace', async () => {
    const server = await startServer(answer(404));
    const session = makeSession(server.origin);
    const error = await failureOf(() => sendOne(session, getTopic('org-dev', 'orders')));
    expect(error).toMatchObject({ code: 'QUIX_TOPIC_NOT_FOUND', status: 404 });
    expect(error.summary).toMatch(/topic orders .*workspace org-dev \(404\)/);
  });
});

describe('createTopic', () => {
  it('posts the name and the configuration as JSON, and cleans the last error', async () => {
    const token = randomSecret();
    let received = '';
    const server = await startListener((socket) =>
      socket.on('data', (chunk) => {
        received += chunk.toString();
        if (!received.endsWith('}}')) return;
        answer(201, { ...topic, lastError: `no ${token}` })(socket, received);
      }),
    );
    const wanted = { name: 'orders', configuration: { partitions: 3 } };
    const session = makeSession(server.origin, { sources: { token } });
    expect(await sendOne(session, createTopic('org-dev', wanted))).toEqual(topic);
    const [head = '', body = ''] = received.split('\r\n\r\n');
    expect(head).toMatch(/^POST \/org-dev\/topics HTTP/);
    expect(head).toContain('content-type: application/json');
    expect(JSON.parse(body)).toEqual(wanted);
  });

  it('sends one attempt, because a second one might find the topic of the first', async () => {
    const server = await startServer([answer(503), answer(201, topic)]);
    const session = makeSession(server.origin);
    const error = await failureOf(() => sendOne(session, createTopic('w', { name: 'orders' })));
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', status: 503 });
    expect(server.heads).toHaveLength(1);
  });
});

describe('queryPermission', () => {
  it.each([true, false])('sends the query and returns %s', async (isAllowed) => {
    const query = { resourceType: 'Workspace', resourceID: 'org dev&x' };
    expect(await receive(queryPermission(query), isAllowed)).toEqual({
      value: isAllowed,
      line: 'GET /auth/permissions/query?resourceType=Workspace&resourceID=org+dev%26x',
    });
  });
});

describe('each endpoint', () => {
  const requests: [string, (session: PortalSession) => Promise<unknown>][] = [
    ['the list of workspaces', (session) => sendOne(session, getWorkspaces())],
    ['workspace org-dev', (session) => sendOne(session, getWorkspace('org-dev'))],
    [
      'the broker settings of workspace org-dev',
      (session) => sendOne(session, getBrokerSettings('org-dev')),
    ],
    ['the topics of workspace org-dev', (session) => sendOne(session, getTopics('org-dev'))],
    ['topic orders', (session) => sendOne(session, getTopic('org-dev', 'orders'))],
    [
      'topic creation (orders)',
      (session) => sendOne(session, createTopic('org-dev', { name: 'orders' })),
    ],
    ['a permission check', (session) => sendOne(session, queryPermission({}))],
  ];

  it.each(requests)('names its subject in an error: %s', async (subject, send) => {
    const server = await startServer(answer(400));
    const error = await failureOf(() => send(makeSession(server.origin)));
    expect(error.summary).toContain(server.host);
    expect(error.summary).toContain(` ${subject} `);
  });

  it.each(requests.slice(1, -1))(
    'names its workspace when access is forbidden: %s',
    async (_, send) => {
      const server = await startServer(answer(403));
      const error = await failureOf(() => send(makeSession(server.origin)));
      expect(error.code).toBe('QUIX_FORBIDDEN');
      expect(error.summary).toContain('workspace org-dev (403)');
    },
  );
});
