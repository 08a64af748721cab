import { afterEach, expect, it, vi } from 'vitest';
import type { Portal } from '../../src/portal/index.ts';
import { Topics } from '../../src/workspace/topics.ts';
import { errorOf } from '../support/errors.ts';

afterEach(() => {
  vi.useRealTimers();
});

it('a topic that is still being created after 60 s is QUIX_TOPIC_TIMEOUT, which may pass', async () => {
  vi.useFakeTimers();
  let requests = 0;
  const portal = {
    getTopic: () => {
      requests++;
      return Promise.resolve({ id: 'org-a-b-slow', name: 'slow', status: 'Creating' });
    },
  } as unknown as Portal;
  const inquiry = { deadline: { signal: new AbortController().signal } } as never;
  const topics = new Topics((question) => question(portal, inquiry, 'org-a-b'));
  const failure = errorOf(topics.get('slow', { create: false }));
  await vi.advanceTimersByTimeAsync(61_000);
  const error = await failure;
  expect(error).toMatchObject({ code: 'QUIX_TOPIC_TIMEOUT', retryable: true });
  expect(error.message).toContain('within 60000 ms');
  expect(requests).toBeGreaterThanOrEqual(59);
});
