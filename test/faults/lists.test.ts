import { describe, expect, it } from 'vitest';
import type { QuixWarning } from 'quix-streams-auth';
import { errorOf } from '../support/errors.ts';
import { answer, startServer, type Script } from '../support/scripted-server.ts';
import { clientOf, SETTINGS } from './scripted-portal.ts';

const topic = { id: 'org-dev-orders', name: 'orders', status: 'Ready' };
const dev = { workspaceId: 'org-dev', name: 'dev', status: 'Ready' };

/** Starts a Portal with these lists, and a client. By default, no workspace is configured. */
async function clientWith(workspaces: unknown, topics: unknown, workspaceId?: string) {
  const paths: string[] = [];
  const script: Script = (socket, head) => {
    const [method = '', path = ''] = head.split(' ');
    paths.push(`${method} ${path}`);
    const bodies: Record<string, unknown> = {
      'GET /workspaces': workspaces,
      'GET /org-dev/topics': topics,
      'POST /org-dev/topics': { ...topic, id: 'org-dev-new', name: 'new' },
      'GET /workspaces/org-dev/broker/librdkafka': SETTINGS,
    };
    const body = bodies[`${method} ${path}`];
    answer(body === undefined ? 404 : 200, body ?? {})(socket, head);
  };
  const server = await startServer(script);
  const quix = clientOf(server.origin, { workspaceId });
  const warnings: QuixWarning[] = [];
  quix.on('warning', (warning) => warnings.push(warning));
  return { quix, warnings, paths };
}

describe('an odd entry in a list', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['a text', 'orders'],
    ['an array', [[]]],
    ['a topic without a name', { id: 'org-dev-x', name: null }],
    ['a topic with a number as its name', { id: 'org-dev-x', name: 7 }],
    ['a topic with a colon in its id', { id: 'org:dev', name: 'x' }],
    ['a topic with a line break in its id', { id: 'org-dev-x\n', name: 'x' }],
    ['a topic without an id', { name: 'x' }],
  ])(
    'is skipped with a warning, and the other topics can be used: %s',
    { meta: { faults: [114] } },
    async (_, entry) => {
      const { quix, warnings } = await clientWith([dev], [entry, topic, entry]);
      expect((await quix.getTopics()).map(({ id }) => id)).toEqual([topic.id]);
      expect((await quix.getTopic('orders')).id).toBe(topic.id);
      expect((await quix.getTopic('new')).id).toBe('org-dev-new');
      expect(warnings).toMatchObject([{ code: 'PORTAL_ENTRY_SKIPPED', about: 'topics' }]);
      expect(warnings[0]?.message).toMatch(/ its field "0[.\w]*" .* Skipped 2 of 3 /);
    },
  );

  it.each<[string, object]>([
    ['a number as its status', { status: 7 }],
    ['an object as its last error', { lastError: { code: 5 } }],
    ['a text as its configuration', { configuration: 'default' }],
    ['a text as its number of partitions', { configuration: { partitions: '3' } }],
    ['a text that is not true or false', { external: 'no' }],
  ])(
    'is used if only an informative field is unusable: a topic with %s',
    { meta: { faults: [114] } },
    async (_, field) => {
      const { quix, warnings } = await clientWith([dev], [{ ...topic, ...field }]);
      expect(await quix.getTopics()).toMatchObject([{ id: topic.id, external: false }]);
      expect((await quix.getTopic('orders')).id).toBe(topic.id);
      expect(warnings).toEqual([]);
    },
  );

  it.each<[string, unknown]>([
    ['null', null],
    ['a colon in the id', { workspaceId: 'org:dev', name: 'x' }],
    ['no id', { name: 'x' }],
  ])(
    'is skipped with a warning, and a workspace can be found: %s',
    { meta: { faults: [114] } },
    async (_, entry) => {
      for (const name of [undefined, 'dev']) {
        const { quix, warnings } = await clientWith([entry, dev], [], name);
        expect((await quix.getBrokerCredentials()).workspaceId).toBe('org-dev');
        expect(warnings).toMatchObject([{ code: 'PORTAL_ENTRY_SKIPPED', about: 'workspaces' }]);
      }
    },
  );

  it.each<[string, object]>([
    ['a number as its status', { status: 7 }],
    ['an object as its name', { name: { en: 'Test' } }],
    ['a list as its broker type', { brokerType: ['Kafka'] }],
  ])(
    'is used if only an informative field is unusable: a workspace with %s',
    { meta: { faults: [114] } },
    async (_, field) => {
      const { quix } = await clientWith([dev, { workspaceId: 'org-test', ...field }], [], 'dev');
      expect((await quix.getBrokerCredentials()).workspaceId).toBe('org-dev');
    },
  );

  it(
    'makes the list a bad response if no other entry can be used',
    { meta: { faults: [114] } },
    async () => {
      const { quix, warnings } = await clientWith([dev], [null, { id: 5 }]);
      const error = await errorOf(quix.getTopics());
      expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', status: 200 });
      expect(error.summary).toContain('its field "0" is not an object');
      expect(warnings).toEqual([]);
    },
  );

  it(
    'is not quoted in the warning, so the warning stays short',
    { meta: { faults: [114] } },
    async () => {
      const entry = { id: 'org-dev-x', name: 'customer-name\n'.repeat(60_000) };
      const { quix, warnings } = await clientWith([dev], [topic, entry]);
      await quix.getTopics();
      expect(warnings[0]?.message.length).toBeLessThan(400);
      expect(warnings[0]?.message).not.toContain('customer');
    },
  );
});

describe('the list of workspaces', () => {
  it('is requested only once when a topic is created', { meta: { faults: [114] } }, async () => {
    const { quix, paths } = await clientWith([dev], [topic]);
    await quix.getTopic('brand-new');
    expect(paths).toEqual([
      'GET /workspaces',
      'GET /org-dev/topics/brand-new',
      'GET /org-dev/topics',
      'POST /org-dev/topics',
    ]);
  });
});
