import { tracingChannel } from 'node:diagnostics_channel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { QuixError, type QuixExchangeTrace } from 'quix-streams-auth';
import {
  CredentialExchange,
  type CredentialExchangeOptions,
} from '../../src/credentials/credential-exchange.ts';
import { PortalSession } from '../../src/portal/index.ts';
import { TokenChain, TokenSelector, valueSource } from '../../src/token/index.ts';
import { WorkspaceAccess } from '../../src/workspace/index.ts';
import { errorOf } from '../support/errors.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

/** Starts an emulated Portal, and creates an exchange with its Token 1 or with another token. */
async function makeExchange(options: Partial<CredentialExchangeOptions> & { token?: string } = {}) {
  const portal = await startPortal();
  const ignore = (): void => undefined;
  const failures: unknown[] = [];
  const chain = new TokenChain({ token: options.token ?? portal.token1, readEnv: () => ({}) });
  const session = new PortalSession({
    portal: new URL(portal.url),
    userAgent: 'test/1.0',
    env: {},
    connectTimeoutMs: 2_000,
    timeoutMs: 5_000,
    tokens: new TokenSelector(chain, ignore),
    observer: {
      debug: ignore,
      warn: ignore,
      callOpened: ignore,
      tokenRejected: ignore,
      tokenChanged: ignore,
    },
  });
  onTestFinished(() => session.close(new QuixError('QUIX_CLIENT_CLOSED', 'closed')));
  const exchange = new CredentialExchange({
    session,
    workspace: new WorkspaceAccess(undefined, ignore),
    localBroker: undefined,
    observer: { operationFailed: (error) => failures.push(error), warn: ignore },
    ...options,
  });
  const rotateTo = (token: string, signal?: AbortSignal) =>
    exchange.run({ rotation: { source: valueSource(token, 'rotateToken'), signal } });
  return { portal, session, exchange, failures, rotateTo };
}

describe('an exchange', () => {
  it("resolves to the broker settings of the token's workspace, and puts the token in use", async () => {
    const { portal, session, exchange, failures } = await makeExchange();
    portal.setBroker({ brokers: ['a:9093', 'b:9093'], sasl: { username: 'org-dev-user' } });
    expect(await exchange.run()).toMatchObject({
      workspaceId: portal.workspaceId,
      brokers: ['a:9093', 'b:9093'],
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'org-dev-user' },
    });
    expect(session.token?.source).toBe('argument');
    expect(failures).toEqual([]);
  });

  it('rejects settings that cannot be used, and does not put the token in use', async () => {
    const { portal, session, exchange } = await makeExchange();
    portal.setBroker({ raw: { 'bootstrap.servers': 'no broker' } });
    expect((await errorOf(exchange.run())).code).toBe('QUIX_BAD_RESPONSE');
    expect(session.token).toBeUndefined();
  });

  it('reports a failure once to the observer, with the error that it rejects with', async () => {
    const { exchange, failures } = await makeExchange({ token: randomSecret() });
    const error = await errorOf(exchange.run());
    expect(error.code).toBe('QUIX_TOKEN_REJECTED');
    expect(failures).toHaveLength(1);
    expect(failures[0]).toBe(error);
  });

  it('is counted when it starts, and again when it fails', async () => {
    const { portal, exchange } = await makeExchange();
    const counters = () => [exchange.started, exchange.failed];
    expect(counters()).toEqual([0, 0]);
    const running = exchange.run();
    expect(counters()).toEqual([1, 0]);
    await running;
    expect(counters()).toEqual([1, 0]);
    portal.revokeToken(portal.token1);
    await errorOf(exchange.run());
    await errorOf(exchange.run());
    expect(counters()).toEqual([3, 2]);
  });
});

describe('an exchange of a rotation', () => {
  it('uses the token of the rotation, which replaces the other sources', async () => {
    const { portal, session, exchange, rotateTo } = await makeExchange();
    await exchange.run();
    await rotateTo(portal.token2);
    await exchange.run();
    const tokens = portal.requests.map(({ token }) => token);
    expect(tokens.slice(-2)).toEqual(['token2', 'token2']);
    expect(session.token?.source).toBe('rotateToken');
  });

  it('keeps the previous sources when the Portal rejects the new token', async () => {
    const { portal, session, exchange, rotateTo } = await makeExchange();
    await exchange.run();
    expect((await errorOf(rotateTo(randomSecret()))).code).toBe('QUIX_TOKEN_REJECTED');
    await exchange.run();
    expect(portal.requests.at(-1)?.token).toBe('token1');
    expect(session.token?.source).toBe('argument');
    expect([exchange.started, exchange.failed]).toEqual([3, 1]);
  });

  it('keeps the previous sources when its signal aborts before the new token is in use', async () => {
    const { portal, session, exchange, failures, rotateTo } = await makeExchange();
    await exchange.run();
    const controller = new AbortController();
    const reason = new Error('aborted');
    portal.faults.push({ delayMs: 50 });
    const rotation = rotateTo(portal.token2, controller.signal);
    controller.abort(reason);
    await expect(rotation).rejects.toBe(reason);
    expect(portal.requests.at(-1)).toMatchObject({ token: 'token2', status: 200 });
    expect([session.token?.source, exchange.failed, failures]).toEqual(['argument', 1, [reason]]);
    await exchange.run();
    expect(portal.requests.at(-1)?.token).toBe('token1');
  });
});

describe('an exchange for local brokers', () => {
  const localBroker = {
    workspaceId: 'local',
    brokers: ['localhost:9092'],
    securityProtocol: 'PLAINTEXT',
  } as const;

  it('does not send a request and returns the settings of the broker', async () => {
    const { portal, exchange } = await makeExchange({ localBroker });
    expect(await exchange.run()).toEqual(localBroker);
    expect(portal.requests).toHaveLength(0);
  });

  it('is neither counted nor published', async () => {
    const published = subscribe();
    const { exchange } = await makeExchange({ localBroker });
    await exchange.run();
    expect([exchange.started, published]).toEqual([0, []]);
  });
});

interface Published {
  readonly event: string;
  readonly trace: QuixExchangeTrace;
  /** A copy of the trace at the time of the event. */
  readonly copy: QuixExchangeTrace;
}

/** Collects what is published to the tracing channel until the test ends. */
function subscribe(): readonly Published[] {
  const published: Published[] = [];
  const channel = tracingChannel<string, QuixExchangeTrace>('quix-streams-auth:exchange');
  const listeners = Object.fromEntries(
    ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((event) => [
      event,
      (trace: QuixExchangeTrace) => void published.push({ event, trace, copy: { ...trace } }),
    ]),
  );
  channel.subscribe(listeners as never);
  onTestFinished(() => {
    channel.unsubscribe(listeners as never);
  });
  return published;
}

describe('the tracing channel', () => {
  it('receives start and end of an exchange, with its workspace and token source', async () => {
    const { portal, exchange } = await makeExchange();
    const published = subscribe();
    const { workspaceId } = await exchange.run();
    expect(published.map(({ event }) => event)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    expect(published[0]?.copy).toEqual({ portal: portal.url });
    expect(published[3]?.copy).toMatchObject({
      portal: portal.url,
      workspaceId,
      tokenSource: 'argument',
    });
    expect(new Set(published.map(({ trace }) => trace)).size).toBe(1);
  });

  it('receives the error of an exchange that failed, without a workspace', async () => {
    const { portal, exchange } = await makeExchange({ token: randomSecret() });
    const published = subscribe();
    const error = await errorOf(exchange.run());
    expect(published.map(({ event }) => event)).toContain('error');
    expect(published.at(-1)?.copy).toEqual({ portal: portal.url, error });
  });

  it('receives neither token nor password', async () => {
    const { portal, exchange } = await makeExchange();
    const password = randomSecret('pw-');
    portal.setBroker({ sasl: { password } });
    const published = subscribe();
    expect((await exchange.run()).sasl?.password).toBe(password);
    portal.revokeToken(portal.token1);
    await errorOf(exchange.run());
    expect(published.length).toBeGreaterThan(4);
    expectNoLeak(published, [portal.token1, password]);
  });
});
