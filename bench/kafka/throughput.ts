import { setTimeout as delay } from 'node:timers/promises';
import type { Contestant } from './contestant.ts';

/** A sample that takes this long will never end. */
const TIMEOUT_MS = 60_000;

/** A new producer sends the batch once to warm up; the time of the others. */
export async function timeProduce(
  contestant: Contestant,
  topic: string,
  batch: readonly Buffer[],
  times: number,
): Promise<number> {
  const { send, close } = await contestant.startProducer(topic);
  try {
    await send(batch);
    const start = performance.now();
    for (let sent = 0; sent < times; sent++) await send(batch);
    return performance.now() - start;
  } finally {
    await close();
  }
}

/** A new group reads the topic; the time from the first message to the last. */
export async function timeConsume(
  contestant: Contestant,
  topic: string,
  count: number,
): Promise<number> {
  let received = 0;
  let start = 0;
  let end: (time: number) => void;
  const ended = new Promise<number>((resolve) => (end = resolve));
  const close = await contestant.startConsumer(topic, () => {
    received++;
    if (received === 1) start = performance.now();
    if (received === count) end(performance.now() - start);
  });
  const timeout = new AbortController();
  try {
    return await Promise.race([ended, tooLong(timeout.signal, () => received)]);
  } finally {
    timeout.abort();
    await close();
  }
}

async function tooLong(signal: AbortSignal, received: () => number): Promise<never> {
  await delay(TIMEOUT_MS, undefined, { signal }).catch(() => undefined);
  throw new Error(`Only ${received()} messages were consumed within ${TIMEOUT_MS} ms.`);
}
