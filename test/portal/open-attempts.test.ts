import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { QuixError } from '../../src/errors.ts';
import { Deadline } from '../../src/portal/deadline.ts';
import { getWorkspaces } from '../../src/portal/index.ts';
import { sendUntilAnswered } from '../../src/portal/open-attempts.ts';
import type { PortalCallOptions } from '../../src/portal/portal-session.ts';
import { makeSession, sendOne } from '../support/portal-access.ts';
import { answer, reset, startServer, type Script } from '../support/scripted-server.ts';

const LIST = [{ workspaceId: 'org-dev' }];
const list: Script = answer(200, LIST);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Sends a request to a Portal that answers only when the test runs a script. */
async function startCall(options: PortalCallOptions & { noRetry?: boolean } = {}) {
  const { noRetry = false, ...callOptions } = options;
  const sockets: Socket[] = [];
  const server = await startServer((socket) => void sockets.push(socket));
  const session = makeSession(server.origin, { timeoutMs: 30_000 });
  const response = sendOne(session, { ...getWorkspaces(), noRetry }, callOptions);
  response.catch(() => undefined);
  return {
    response,
    /** Indices of the requests that are open. */
    open: () => [...sockets.keys()].filter((index) => sockets[index]?.destroyed === false),
    /** Waits until the Portal has received this number of requests, and no more. */
    received: async (count: number) => {
      await expect.poll(() => sockets.length).toBe(count);
    },
    answer(index: number, script: Script) {
      const socket = sockets[index];
      if (!socket) throw new Error(`There is no request ${index}.`);
      script(socket, '');
    },
  };
}

/** Moves the time to one millisecond before the next attempt, and then to the next attempt. */
async function expectAttemptAfter(
  ms: number,
  { received }: Awaited<ReturnType<typeof startCall>>,
  count: number,
): Promise<void> {
  vi.advanceTimersByTime(ms - 1);
  await received(count - 1);
  vi.advanceTimersByTime(1);
  await received(count);
}

describe('a request that is not answered', () => {
  it('is sent again after 3 s, then after 6 s and 12 s', async () => {
    const call = await startCall();
    await call.received(1);
    await expectAttemptAfter(3_000, call, 2);
    await expectAttemptAfter(6_000, call, 3);
    await expectAttemptAfter(12_000, call, 4);
    call.answer(3, list);
    expect(await call.response).toEqual(LIST);
  });

  it('is sent again every 1.5 s while Kafka clients cannot log in', async () => {
    const call = await startCall({ isUrgent: true });
    await call.received(1);
    for (const count of [2, 3, 4, 5]) await expectAttemptAfter(1_500, call, count);
    call.answer(4, list);
    expect(await call.response).toEqual(LIST);
  });

  it('may still be answered, also after later attempts were replaced', async () => {
    const call = await startCall({ isUrgent: true });
    await call.received(1);
    for (const count of [2, 3, 4, 5, 6, 7]) await expectAttemptAfter(1_500, call, count);
    await expect.poll(call.open).toEqual([0, 4, 5, 6]);
    call.answer(0, list);
    expect(await call.response).toEqual(LIST);
    await expect.poll(call.open).toEqual([0]);
  });

  it('may still be answered while another attempt has failed', async () => {
    const call = await startCall();
    await call.received(1);
    await expectAttemptAfter(3_000, call, 2);
    call.answer(1, answer(503, '', { 'Retry-After': '10' }));
    await new Promise(setImmediate);
    call.answer(0, list);
    expect(await call.response).toEqual(LIST);
  });

  it('is not sent again before the Retry-After of a later attempt', async () => {
    const call = await startCall();
    await call.received(1);
    await expectAttemptAfter(3_000, call, 2);
    const failed = vi.getTimerCount();
    call.answer(1, answer(503, '', { 'Retry-After': '10' }));
    await expect.poll(() => vi.getTimerCount()).toBeLessThanOrEqual(failed);
    vi.advanceTimersByTime(9_999);
    await call.received(2);
    vi.advanceTimersByTime(1_001);
    await call.received(3);
  });

  it('is sent again at once if its connection is lost', async () => {
    const call = await startCall();
    await call.received(1);
    call.answer(0, reset);
    await call.received(2);
    call.answer(1, list);
    expect(await call.response).toEqual(LIST);
  });

  it('is not sent again if it must not be retried', async () => {
    const call = await startCall({ noRetry: true });
    await call.received(1);
    vi.advanceTimersByTime(29_999);
    await call.received(1);
    vi.advanceTimersByTime(1);
    await expect(call.response).rejects.toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE' });
  });
});

describe('sendUntilAnswered()', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    vi.spyOn(Math, 'random').mockReturnValue(0);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  interface Failure {
    readonly afterMs: number;
    readonly retryAfterMs?: number;
  }

  /** Returns the times in seconds at which attempts start. Attempts without a failure hang. */
  async function startTimes(failures: Failure[], isUrgent = false) {
    const times: number[] = [];
    const start = performance.now();
    const deadline = new Deadline(30_000, 'portal.example');
    const send = (): Promise<never> => {
      const failure = failures[times.length];
      times.push(Math.round((performance.now() - start) / 100) / 10);
      return new Promise((_, reject) => {
        if (!failure) return;
        const { afterMs, retryAfterMs } = failure;
        const options = { retryable: true, retryAfterMs };
        const error = new QuixError('QUIX_PORTAL_UNAVAILABLE', 'Failed.', options);
        setTimeout(reject, afterMs, error);
      });
    };
    const onRetry = (): void => undefined;
    const result = sendUntilAnswered(send, { deadline, isUrgent, onRetry });
    result.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(31_000);
    await expect(result).rejects.toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE' });
    return times;
  }

  it('doubles the time until the next attempt while none is answered', async () => {
    expect(await startTimes([])).toEqual([0, 3, 9, 21]);
  });

  it('does not double the time of an urgent request', async () => {
    expect((await startTimes([], true)).slice(0, 5)).toEqual([0, 1.5, 3, 4.5, 6]);
  });

  it('waits for the Retry-After of a failed attempt, even if another one fails later', async () => {
    const failures = [{ afterMs: 4_000 }, { afterMs: 0, retryAfterMs: 10_000 }];
    expect((await startTimes(failures)).slice(0, 3)).toEqual([0, 3, 13]);
  });

  it('waits as long as before if an attempt is not answered after a failed one', async () => {
    const failures = [{ afterMs: 0, retryAfterMs: 1_000 }];
    expect(await startTimes(failures)).toEqual([0, 1, 4, 10, 22]);
  });
});
