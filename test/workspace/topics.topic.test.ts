import { expect, it } from 'vitest';
import { toTopic } from '../../src/workspace/topics.ts';

it('toTopic keeps the configuration that the Portal reports and drops null values', () => {
  const configuration = { partitions: 3, retentionInBytes: -1, cleanupPolicy: null };
  expect(
    toTopic({ id: 'org-a', name: 'a', status: 'Ready', external: true, configuration }),
  ).toEqual({
    id: 'org-a',
    name: 'a',
    status: 'Ready',
    external: true,
    configuration: { partitions: 3, retentionInBytes: -1 },
  });
});

it('toTopic replaces missing values', () => {
  expect(toTopic({ id: 'org-a', name: 'a', status: null, configuration: null })).toEqual({
    id: 'org-a',
    name: 'a',
    status: 'Unknown',
    external: false,
    configuration: {},
  });
});
