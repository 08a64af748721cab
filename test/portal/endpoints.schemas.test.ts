import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  getBrokerSettings,
  getTopic,
  getTopics,
  getWorkspaces,
  queryPermission,
} from '../../src/portal/endpoints.ts';
import { describeIssue } from '../../src/portal/read-response.ts';
import { Redactor } from '../../src/token/index.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';

const secret = randomSecret();
const redactor = new Redactor([secret]);
const workspacesSchema = getWorkspaces().schema(redactor);
const brokerSettingsSchema = getBrokerSettings('w').schema(redactor);
const topicsSchema = getTopics('w').schema(redactor);
const topicSchema = getTopic('w', 'orders').schema(redactor);
const permissionSchema = queryPermission({}).schema(redactor);

function checkShape(schema: v.GenericSchema, body: unknown) {
  const result = v.safeParse(schema, body, { abortPipeEarly: true });
  return result.success ? { value: result.output } : { problem: describeIssue(result.issues[0]) };
}

const problemOf = (body: unknown, schema: v.GenericSchema) => {
  const checked = checkShape(schema, body);
  return 'problem' in checked ? checked.problem : `no problem: ${JSON.stringify(checked.value)}`;
};

const settings = { 'bootstrap.servers': 'b:9092', 'security.protocol': 'plaintext' };

describe('brokerSettingsSchema', () => {
  it('requires two texts, and accepts other texts that may be absent or null', () => {
    expect(checkShape(brokerSettingsSchema, settings)).toEqual({ value: settings });
    const optional = {
      'sasl.mechanism': 'PLAIN',
      'sasl.mechanisms': 'PLAIN',
      'sasl.username': '',
      'sasl.password': null,
      'ssl.ca.cert': null,
      'client.id': 'c',
    };
    const all = { ...settings, ...optional };
    expect(checkShape(brokerSettingsSchema, all)).toEqual({ value: all });
  });

  it('keeps other fields, which are settings of librdkafka, but no special keys of JavaScript', () => {
    const more = JSON.parse('{"new.key":1,"__proto__":{"x":1},"constructor":2}') as object;
    const all = { ...settings, 'new.key': 1 };
    expect(checkShape(brokerSettingsSchema, { ...more, ...settings })).toEqual({ value: all });
  });

  it('ignores fields of the prototype of the body', () => {
    const body: unknown = JSON.parse(`{"__proto__":${JSON.stringify(settings)}}`);
    expect(problemOf(body, brokerSettingsSchema)).toBe('its field "bootstrap.servers" is missing');
  });

  it.each<[unknown, string]>([
    [null, 'the body is not an object'],
    ['x', 'the body is not an object'],
    [42, 'the body is not an object'],
    [true, 'the body is not an object'],
    [{}, 'its field "bootstrap.servers" is missing'],
    [[], 'its field "bootstrap.servers" is missing'],
    [{ ...settings, 'bootstrap.servers': null }, 'its field "bootstrap.servers" is not a string'],
    [{ ...settings, 'bootstrap.servers': ['b'] }, 'its field "bootstrap.servers" is not a string'],
    [
      { ...settings, 'security.protocol': '' },
      'its field "security.protocol" is not a non-empty text',
    ],
    [{ 'bootstrap.servers': 'b' }, 'its field "security.protocol" is missing'],
    [{ ...settings, 'sasl.password': 12345678 }, 'its field "sasl.password" is not a string'],
    [{ ...settings, 'ssl.ca.cert': {} }, 'its field "ssl.ca.cert" is not a string'],
    [{ ...settings, 'client.id': false }, 'its field "client.id" is not a string'],
  ])('reports for %j: %s', (body, problem) => {
    expect(problemOf(body, brokerSettingsSchema)).toBe(problem);
  });
});

describe('workspacesSchema', () => {
  it('accepts a list of objects with an id, which may be empty', () => {
    expect(checkShape(workspacesSchema, [])).toEqual({ value: [] });
    const list = [
      { workspaceId: 'a', name: null },
      { workspaceId: 'b', status: 'Ready' },
    ];
    expect(checkShape(workspacesSchema, list)).toEqual({ value: list });
  });

  it('drops the other fields of a workspace, which contain a password', () => {
    const list = [{ workspaceId: 'a', broker: { password: secret } }];
    const checked = checkShape(workspacesSchema, list);
    expect(checked).toEqual({ value: [{ workspaceId: 'a' }] });
    expectNoLeak(checked, [secret]);
  });

  it.each(['..x', '...', '.x', 'x..', 'x'.repeat(128), 'Org_1-dev.2'])(
    'accepts the id %j',
    (id) => {
      const list = [{ workspaceId: id }];
      expect(checkShape(workspacesSchema, list)).toEqual({ value: list });
    },
  );

  it.each(['.', '..', 'a/b', 'a b', ' a', 'a\n', 'x'.repeat(129)])(
    'does not accept the id %j, which would change a path or a message',
    (id) => {
      const problem = problemOf([{ workspaceId: id }], workspacesSchema);
      expect(problem).toBe('its field "0.workspaceId" is not a plain id');
    },
  );

  it.each<[unknown, string]>([
    [{}, 'the body is not an array'],
    [null, 'the body is not an array'],
    [undefined, 'the body is not an array'],
    [[null], 'its field "0" is not an object'],
    [[{ workspaceId: 'a' }, {}], 'its field "1.workspaceId" is missing'],
    [[{ workspaceId: '' }], 'its field "0.workspaceId" is not a plain id'],
    [[{ workspaceId: 7 }], 'its field "0.workspaceId" is not a string'],
    [[{ workspaceId: `a-${secret}` }], 'its field "0.workspaceId" contains a secret'],
  ])('reports for %j: %s', (body, problem) => {
    expect(problemOf(body, workspacesSchema)).toBe(problem);
  });
});

describe('topicSchema', () => {
  const topic = { id: 'org-dev-orders', name: 'orders' };

  it('requires an id that Kafka allows and a name, and accepts other fields that may be absent or null', () => {
    const all = {
      ...topic,
      id: `A_b.c-${'x'.repeat(242)}`,
      status: 'Ready',
      external: false,
      lastError: null,
      configuration: {
        partitions: 3,
        replicationFactor: 2,
        retentionInMinutes: null,
        retentionInBytes: -1,
        cleanupPolicy: 'Delete',
      },
    };
    expect(checkShape(topicSchema, topic)).toEqual({ value: topic });
    expect(checkShape(topicSchema, all)).toEqual({ value: all });
  });

  it.each<[unknown, string]>([
    [{ ...topic, id: '' }, 'its field "id" is not a plain id'],
    [{ ...topic, id: 'x'.repeat(250) }, 'its field "id" is not a plain id'],
    [{ ...topic, id: ' x' }, 'its field "id" is not a plain id'],
    [{ ...topic, id: 'x/y' }, 'its field "id" is not a plain id'],
    [{ ...topic, id: `x-${secret}` }, 'its field "id" contains a secret'],
    [{ ...topic, id: `x-${randomSecret()}` }, 'its field "id" contains a secret'],
  ])('reports for %j: %s', (body, problem) => {
    expect(problemOf(body, topicSchema)).toBe(problem);
  });
});

describe('informative fields', () => {
  const inList = (schema: v.GenericSchema, entry: unknown) => {
    const { value } = checkShape(schema, [entry]) as { value: unknown[] };
    return value[0];
  };

  it.each<[string, unknown, unknown]>([
    ['name', 7, null],
    ['name', `Dev ${secret}`, null],
    ['name', 'Dev\u001b[31m', null],
    ['name', 'Dev\u2028x', null],
    ['name', 'CustomerAnalyticsProduction', 'CustomerAnalyticsProduction'],
    ['status', 7, 'Unknown'],
    ['status', 'not ready\n', 'Unknown'],
    ['status', 'x'.repeat(31), 'Unknown'],
    ['status', null, null],
    ['brokerType', ['Kafka'], null],
    ['brokerType', 'Kafka\u0007', null],
    ['brokerType', 'Kafka2_x', 'Kafka2_x'],
  ])('of a workspace are cleaned or dropped: %s %j becomes %j', (field, value, expected) => {
    const entry = { workspaceId: 'a', [field]: value };
    expect(inList(workspacesSchema, entry)).toEqual({ workspaceId: 'a', [field]: expected });
  });

  it.each<[string, unknown, unknown]>([
    ['status', { code: 1 }, 'Unknown'],
    ['external', 'yes', null],
    ['lastError', { message: 'x' }, null],
    ['lastError', 'disk\nfull', 'disk full'],
    ['lastError', `no ${secret}`, undefined],
    ['configuration', [1], {}],
    ['configuration', 'none', null],
    ['configuration', { partitions: '3' }, { partitions: null }],
    ['configuration', { cleanupPolicy: 'a b' }, { cleanupPolicy: null }],
  ])('of a topic are cleaned or dropped: %s %j becomes %j', (field, value, expected) => {
    const topic = { id: 'org-dev-orders', name: 'orders' };
    expect(inList(topicsSchema, { ...topic, [field]: value })).toEqual({
      ...topic,
      [field]: expected,
    });
  });
});

describe('the name of a topic', () => {
  const unusable = [undefined, null, '', 7, 'a\nb', 'a\u001bb', 'x'.repeat(250), `t-${secret}`];

  it.each(unusable)('is required in a list: %j', (name) => {
    expect(problemOf([{ id: 'a', name }], topicsSchema)).toMatch(/^its field "0\.name" /);
  });

  it.each(unusable)(
    'is the requested name if the response does not have a usable name: %j',
    (name) => {
      expect(checkShape(topicSchema, { id: 'a', name })).toEqual({
        value: { id: 'a', name: 'orders' },
      });
    },
  );

  it('may contain spaces and letters of any language', () => {
    const topic = { id: 'a', name: 'F1 Dätä' };
    expect(checkShape(topicSchema, topic)).toEqual({ value: topic });
  });
});

describe('permissionSchema', () => {
  it.each([true, false])('accepts %s', (value) => {
    expect(checkShape(permissionSchema, value)).toEqual({ value });
  });

  it.each([['true'], [1], [null], [{}]])('does not accept %j', (body) => {
    expect(problemOf(body, permissionSchema)).toBe('the body is not a boolean');
  });
});

describe('describeIssue', () => {
  it('never quotes the body', () => {
    const leaf = fc.constantFrom<unknown>(secret, null, 0, true);
    const keys = fc.constantFrom(...Object.keys(settings), 'sasl.password', 'workspaceId', secret);
    const objects = fc.dictionary(keys, fc.oneof(leaf, fc.array(leaf)));
    fc.assert(
      fc.property(fc.oneof(fc.anything(), objects, fc.array(objects)), (body) => {
        for (const schema of [brokerSettingsSchema, workspacesSchema]) {
          const checked = checkShape(schema, body);
          if ('problem' in checked) expectNoLeak(checked.problem, [secret]);
        }
      }),
    );
  });
});
