import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  getBrokerSettings,
  getTopic,
  getWorkspaces,
  queryPermission,
} from '../../src/portal/endpoints.ts';
import { describeIssue } from '../../src/portal/read-response.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';

const workspacesSchema = getWorkspaces().schema;
const brokerSettingsSchema = getBrokerSettings('w').schema;
const topicSchema = getTopic('w', 'orders').schema;
const permissionSchema = queryPermission({}).schema;

function checkShape(schema: v.GenericSchema, body: unknown) {
  const result = v.safeParse(schema, body, { abortEarly: true });
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

  it('drops unknown fields', () => {
    const more = JSON.parse('{"new.key":1,"__proto__":{"x":1},"constructor":2}') as object;
    expect(checkShape(brokerSettingsSchema, { ...more, ...settings })).toEqual({ value: settings });
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
    const secret = randomSecret();
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
    [[{ workspaceId: 'a', status: 7 }], 'its field "0.status" is not a string'],
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
    [{ id: 'x' }, 'its field "name" is missing'],
    [{ ...topic, name: '' }, 'its field "name" is not a non-empty text'],
    [{ ...topic, id: '' }, 'its field "id" is not a plain id'],
    [{ ...topic, id: 'x'.repeat(250) }, 'its field "id" is not a plain id'],
    [{ ...topic, id: ' x' }, 'its field "id" is not a plain id'],
    [{ ...topic, id: 'x/y' }, 'its field "id" is not a plain id'],
    [
      { ...topic, configuration: { partitions: '3' } },
      'its field "configuration.partitions" is not a number',
    ],
  ])('reports for %j: %s', (body, problem) => {
    expect(problemOf(body, topicSchema)).toBe(problem);
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
    const secret = randomSecret();
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
