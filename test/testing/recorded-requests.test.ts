import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { send, postTopic, startPortal } from './request-portal.ts';

describe('the recorded requests', () => {
  it('contain method, path, token, headers, time and status', async () => {
    const portal = await startPortal({ latencyMs: 20 });
    const before = Date.now();
    await send(portal, '/workspaces?x=1', {
      headers: {
        'x-version': '2.0',
        'user-agent': 'a-service/1',
        accept: 'text/plain',
        cookie: 'a=b',
      },
    });
    const [request] = portal.requests;
    expect(request).toEqual({
      method: 'GET',
      path: '/workspaces',
      status: 200,
      authorized: true,
      token: 'token1',
      headers: { 'x-version': '2.0', 'user-agent': 'a-service/1', accept: 'text/plain' },
      startedAt: expect.any(Number) as unknown,
      durationMs: expect.any(Number) as unknown,
    });
    expect(Math.abs((request?.startedAt ?? 0) - before)).toBeLessThan(1_000);
    expect(request?.durationMs).toBeGreaterThanOrEqual(19);
    expect(request?.durationMs).toBeLessThan(1_000);
  });

  it('name the token of each request', async () => {
    const portal = await startPortal();
    const deactivated = portal.token1;
    portal.rotateTokens();
    const added = portal.addToken();
    const unknown = portal.token1.replace(/^sdk-./, 'sdk-x');
    for (const token of [portal.token1, portal.token2, added, deactivated, unknown, null])
      await send(portal, '/workspaces', { token });
    expect(portal.requests.map(({ token, authorized }) => [token, authorized])).toEqual([
      ['token1', true],
      ['token2', true],
      ['pat', true],
      ['deactivated', false],
      ['unknown', false],
      [undefined, false],
    ]);
  });

  it('are in order of arrival, include pending requests, and can be cleared', async () => {
    const portal = await startPortal();
    portal.faults.push({ match: '/workspaces', delayMs: 1_000 });
    const slow = send(portal, '/workspaces');
    await expect.poll(() => portal.requests).toHaveLength(1);
    await send(portal, '/workspaces/elsewhere');
    expect(portal.requests.map(({ path, status }) => [path, status])).toEqual([
      ['/workspaces', undefined],
      ['/workspaces/elsewhere', 404],
    ]);
    await slow;
    expect(portal.requests[0]?.status).toBe(200);
    portal.requests.length = 0;
    await send(portal, '/workspaces');
    expect(portal.requests).toHaveLength(1);
  });

  it('contain no token and no password, wherever the client puts them', async () => {
    const portal = await startPortal();
    const [first, second] = [portal.token1, portal.token2];
    const added = portal.addToken();
    const foreign = `foreign-${'q'.repeat(20)}`;
    const password = portal.workspaces.get(portal.workspaceId)?.broker.sasl?.password ?? '';
    const secrets = [first, second, added, foreign, password];
    for (const secret of secrets) {
      const headers = { 'user-agent': secret, accept: `x/${secret}`, 'x-version': secret };
      await send(portal, `/workspaces/${secret}?token=${secret}`, { token: secret, headers });
      await postTopic(portal, { name: secret }, { token: secret });
      await send(portal, `/${secret}/topics`, { token: secret });
    }
    // Secrets of other tokens and of an earlier rotation are also removed.
    await send(portal, `/workspaces/${password}`);
    portal.rotateTokens();
    await send(portal, `/${first}/topics`);
    expect(portal.requests).toHaveLength(17);
    const printed =
      JSON.stringify(portal.requests) + inspect(portal.requests, { showHidden: true });
    for (const secret of [...secrets, portal.token1, portal.token2]) {
      expect(secret.length).toBeGreaterThan(20);
      expect(printed).not.toContain(secret);
    }
    expect(printed).toContain('/workspaces/[hidden]');
  });
});
