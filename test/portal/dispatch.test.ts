import { getEventListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, Dispatcher } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { dispatch } from '../../src/portal/dispatch.ts';
import { MAX_BODY_BYTES } from '../../src/portal/response-body.ts';
import { answer, startServer } from '../support/scripted-server.ts';

const signal = new AbortController().signal;

function makeAgent(): Agent {
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  return agent;
}

it('resolves to the status, the headers and the text of a response', async () => {
  const { origin } = await startServer(answer(404, 'nö', { 'x-a': 'b' }));
  const response = await dispatch(makeAgent(), { origin, path: '/', method: 'GET' }, signal);
  expect(response).toMatchObject({ status: 404, headers: { 'x-a': 'b' }, text: 'nö' });
});

it.each([
  ['returns the text of a body at the limit', MAX_BODY_BYTES, MAX_BODY_BYTES],
  ['returns no text of a body above the limit', MAX_BODY_BYTES + 1, undefined],
])('%s', async (_, bytes, length) => {
  const { origin } = await startServer(answer(200, 'x'.repeat(bytes)));
  const response = await dispatch(makeAgent(), { origin, path: '/', method: 'GET' }, signal);
  expect(response.text?.length).toBe(length);
});

/** A dispatcher that starts a request late, as undici does while it has no connection. */
class SlowDispatcher extends Dispatcher {
  readonly abortReasons: unknown[] = [];

  override dispatch(_: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const controller = {
      abort: (reason: Error) => this.abortReasons.push(reason),
    } as unknown as Dispatcher.DispatchController;
    setTimeout(() => handler.onRequestStart?.(controller, undefined), 20);
    return true;
  }
}

it('rejects at once when the signal aborts before the request has started, and aborts the request later', async () => {
  const dispatcher = new SlowDispatcher();
  const reason = new Error('no longer needed');
  const controller = new AbortController();
  const sent = dispatch(dispatcher, { path: '/', method: 'GET' }, controller.signal);
  controller.abort(reason);
  await expect(sent).rejects.toBe(reason);
  expect(dispatcher.abortReasons).toEqual([]);
  await delay(40);
  expect(dispatcher.abortReasons).toEqual([reason]);
});

it('aborts a request that has started', async () => {
  const dispatcher = new SlowDispatcher();
  const reason = new Error('no longer needed');
  const controller = new AbortController();
  const sent = dispatch(dispatcher, { path: '/', method: 'GET' }, controller.signal);
  await delay(40);
  expect(dispatcher.abortReasons).toEqual([]);
  controller.abort(reason);
  await expect(sent).rejects.toBe(reason);
  expect(dispatcher.abortReasons).toEqual([reason]);
});

it('keeps no listener of the signal after the response', async () => {
  const { origin } = await startServer(answer(200, 'x'));
  await dispatch(makeAgent(), { origin, path: '/', method: 'GET' }, signal);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
