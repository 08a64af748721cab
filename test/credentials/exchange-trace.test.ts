import { tracingChannel } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it } from 'vitest';
import type { QuixExchangeTrace } from 'quix-streams-auth';
import { codeOf } from '../support/errors.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

const exchanges = tracingChannel<string, QuixExchangeTrace>('quix-streams-auth:exchange');
const names = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;
const unsubscribe: (() => void)[] = [];
afterEach(() => {
  for (const each of unsubscribe.splice(0)) each();
});

/** What is published from now on: the event, and what the trace held at that time. */
function listen(): { event: string; trace: QuixExchangeTrace; held: QuixExchangeTrace }[] {
  const heard: { event: string; trace: QuixExchangeTrace; held: QuixExchangeTrace }[] = [];
  const hear = (event: string) => (trace: QuixExchangeTrace) => {
    heard.push({ event, trace, held: { ...trace } });
  };
  const listeners = Object.fromEntries(names.map((name) => [name, hear(name)]));
  exchanges.subscribe(listeners as never);
  unsubscribe.push(() => {
    exchanges.unsubscribe(listeners as never);
  });
  return heard;
}

describe('the tracing channel of exchanges', () => {
  it('tells when one begins and ends, of which environment and from which source', async () => {
    const portal = await startPortal();
    const heard = listen();
    const client = makeClient(portal);
    const { workspaceId } = await client.getBrokerCredentials();
    const end = { portal: portal.url, workspaceId, tokenSource: 'Quix__Sdk__Token' };
    expect(heard.map(({ event }) => event)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    expect(heard[0]?.held).toEqual({ portal: portal.url });
    expect(heard[3]?.held).toMatchObject(end);
    expect(new Set(heard.map(({ trace }) => trace)).size).toBe(1);
    await client.getBrokerCredentials();
    expect(heard).toHaveLength(4);
  });

  it('tells the error of one that failed', async () => {
    const portal = await startPortal();
    const client = makeClient(portal);
    portal.rotateTokens();
    const heard = listen();
    await client.getBrokerCredentials().catch(codeOf);
    expect(heard.map(({ event }) => event)).toContain('error');
    expect(heard.at(-1)?.held).toMatchObject({
      portal: portal.url,
      error: { code: 'QUIX_TOKEN_REJECTED', status: 401 },
    });
    expect(heard.at(-1)?.held.workspaceId).toBeUndefined();
  });

  it('holds neither token nor password', async () => {
    const portal = await startPortal();
    const { password = '' } = portal.workspaces.get(portal.workspaceId)?.broker.sasl ?? {};
    const heard = listen();
    const client = makeClient(portal);
    await client.getBrokerCredentials();
    portal.rotateTokens();
    await client.getBrokerCredentials({ forceRefresh: true }).catch(codeOf);
    expect(heard.length).toBeGreaterThan(4);
    expectNoLeak(heard, [portal.token1, portal.token2, password]);
  });
});
