import { getEventListeners } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { stall, startServer } from '../support/scripted-server.ts';
import { clientOf } from './scripted-portal.ts';

closeAfterEach();

const COUNT = 100_000;
const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

/** Processor time of this process, which does not grow while other processes run. */
function usedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Collects the warnings of Node until the end of the test. */
function collectWarnings(): string[] {
  const names: string[] = [];
  const onWarning = ({ name }: Error): void => void names.push(name);
  process.on('warning', onWarning);
  onTestFinished(() => void process.off('warning', onWarning));
  return names;
}

describe('one AbortSignal for many calls', () => {
  it(
    `gets one listener, and ${COUNT} waiting calls are aborted in less than 2 s of processor time`,
    { meta: { faults: [106] } },
    async () => {
      const warnings = collectWarnings();
      const client = clientOf((await startServer(stall)).origin);
      const controller = new AbortController();
      const { signal } = controller;
      const reason = new Error('shutdown');
      const start = usedMs();
      const calls = Array.from({ length: COUNT }, () => client.getBrokerCredentials({ signal }));
      const results = Promise.allSettled(calls);
      await new Promise(setImmediate);
      expect(listenersOf(signal)).toBe(1);
      controller.abort(reason);
      const rejected = await results;
      expect(usedMs() - start).toBeLessThan(2_000);
      expect(rejected.every((each) => each.status === 'rejected' && each.reason === reason)).toBe(
        true,
      );
      expect(listenersOf(signal)).toBe(0);
      expect(warnings).toEqual([]);
    },
  );

  it(
    `gets no listener from calls that return cached credentials, and keeps none after ${COUNT} calls that share an exchange`,
    { meta: { faults: [106] } },
    async () => {
      const warnings = collectWarnings();
      const client = makeClient(await startPortal());
      const { signal } = new AbortController();
      const start = usedMs();
      const calls = Array.from({ length: COUNT }, () => client.getBrokerCredentials({ signal }));
      await Promise.all(calls);
      expect(usedMs() - start).toBeLessThan(2_000);
      await new Promise(setImmediate);
      expect(listenersOf(signal)).toBe(0);
      const cached = client.getBrokerCredentials({ signal });
      expect(listenersOf(signal)).toBe(0);
      await cached;
      expect(warnings).toEqual([]);
    },
  );

  it('gets one listener for calls of different methods', { meta: { faults: [106] } }, async () => {
    const warnings = collectWarnings();
    const client = clientOf((await startServer(stall)).origin);
    const controller = new AbortController();
    const { signal } = controller;
    const calls = Array.from({ length: 20 }, (_, index) => [
      client.getTopic(`topic-${index}`, { signal }),
      client.getBrokerCredentials({ signal }),
      client.rotateToken('sdk-another-token', { signal }),
    ]).flat();
    const results = Promise.allSettled(calls);
    await new Promise(setImmediate);
    expect(listenersOf(signal)).toBe(1);
    controller.abort();
    await results;
    await new Promise(setImmediate);
    expect(listenersOf(signal)).toBe(0);
    expect(warnings).toEqual([]);
  });
});
