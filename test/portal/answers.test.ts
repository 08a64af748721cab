import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokerSettingsSchema, checkShape, workspacesSchema } from '../../src/portal/answers.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';

const problemOf = (body: unknown, schema: Parameters<typeof checkShape>[0]) => {
  const checked = checkShape(schema, body);
  return 'problem' in checked ? checked.problem : `none: ${JSON.stringify(checked.value)}`;
};

const settings = { 'bootstrap.servers': 'b:9092', 'security.protocol': 'plaintext' };

describe('the shape of broker settings', () => {
  it('is two texts, and more texts that may be absent or null', () => {
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

  it('may hold more, which is dropped', () => {
    const more = JSON.parse('{"new.key":1,"__proto__":{"x":1},"constructor":2}') as object;
    expect(checkShape(brokerSettingsSchema, { ...more, ...settings })).toEqual({ value: settings });
  });

  it('is not inherited from the prototype of the body', () => {
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
  ])('is missed by %j in words that name the field', (body, problem) => {
    expect(problemOf(body, brokerSettingsSchema)).toBe(problem);
  });
});

describe('the shape of workspaces', () => {
  it('is a list, which may be empty, of objects with an id', () => {
    expect(checkShape(workspacesSchema, [])).toEqual({ value: [] });
    const list = [
      { workspaceId: 'a', name: null },
      { workspaceId: 'b', status: 'Ready' },
    ];
    expect(checkShape(workspacesSchema, list)).toEqual({ value: list });
  });

  it('drops what else a workspace has, its password foremost', () => {
    const secret = randomSecret();
    const list = [{ workspaceId: 'a', broker: { password: secret } }];
    const checked = checkShape(workspacesSchema, list);
    expect(checked).toEqual({ value: [{ workspaceId: 'a' }] });
    expectNoLeak(checked, [secret]);
  });

  it.each<[unknown, string]>([
    [{}, 'the body is not an array'],
    [null, 'the body is not an array'],
    [[null], 'its field "0" is not an object'],
    [[{ workspaceId: 'a' }, {}], 'its field "1.workspaceId" is missing'],
    [[{ workspaceId: '' }], 'its field "0.workspaceId" is not a plain id'],
    [[{ workspaceId: 7 }], 'its field "0.workspaceId" is not a string'],
    [[{ workspaceId: 'a', status: 7 }], 'its field "0.status" is not a string'],
  ])('is missed by %j in words that name the field', (body, problem) => {
    expect(problemOf(body, workspacesSchema)).toBe(problem);
  });
});

describe('checkShape', () => {
  it('takes any body, and never quotes it', () => {
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
