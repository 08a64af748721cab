import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { QuixClientEvents, QuixClientOptions, QuixStreamingClient } from 'quix-streams-auth';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { codeOf, errorOf } from '../support/errors.ts';
import {
  closeAfterEach,
  makeClient as makePortalClient,
  startPortal,
} from '../support/portal-clients.ts';

closeAfterEach();

/** Creates a client without environment variables, so that its tokens are those of the test. */
function makeClient(portal: PortalEmulator, options: QuixClientOptions): QuixStreamingClient {
  const { url: portalApi, workspaceId } = portal;
  return makePortalClient(portal, { portalApi, workspaceId, env: {}, ...options });
}

/** Creates a folder that is removed after the test. */
async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'quix-rotation-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

describe('after a rotation of the tokens', () => {
  it('cached credentials are served without a request', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { token: portal.token1 });
    const before = await client.getBrokerCredentials();
    portal.rotateTokens();
    expect(await client.getBrokerCredentials()).toBe(before);
    expect(portal.requests).toHaveLength(1);
  });

  it('fallbackToken is tried once and stays in use while it works', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { token: portal.token1, fallbackToken: portal.token2 });
    const rotations: QuixClientEvents['rotated'][] = [];
    client.on('rotated', (change) => rotations.push([change]));
    const rejected: string[] = [];
    client.on('tokenRejected', ({ source }) => rejected.push(source));
    await client.getBrokerCredentials();
    portal.rotateTokens();
    await client.getBrokerCredentials({ forceRefresh: true });
    await client.getBrokerCredentials({ forceRefresh: true });
    expect(portal.requests.map(({ status }) => status)).toEqual([200, 401, 200, 200]);
    expect(rejected).toEqual(['argument']);
    expect(rotations.map(([{ previous, current }]) => [previous.source, current.source])).toEqual([
      ['argument', 'fallbackToken'],
    ]);
    expect(rotations[0]?.[0].previous.fingerprint).not.toBe(rotations[0]?.[0].current.fingerprint);
    expect(client.describe().token?.source).toBe('fallbackToken');
  });

  it('the first source replaces a rejected fallback once it has a new token', async () => {
    const portal = await startPortal();
    const env: Record<string, string> = { Quix__Sdk__Token: portal.token1 };
    const client = makeClient(portal, { env, fallbackToken: portal.token2 });
    portal.rotateTokens();
    await client.getBrokerCredentials();
    portal.rotateTokens();
    env['Quix__Sdk__Token'] = portal.token1;
    await client.getBrokerCredentials({ forceRefresh: true });
    expect(client.describe().token?.source).toBe('Quix__Sdk__Token');
  });

  it.each(['variable', 'file'])('a changed %s is read at the next exchange', async (source) => {
    const portal = await startPortal();
    const env: Record<string, string> = {};
    const tokenFile = join(await makeFolder(), 'token');
    const write = async (token: string): Promise<void> => {
      if (source === 'file') await writeFile(tokenFile, token);
      else env['MINE'] = token;
    };
    await write(portal.token1);
    const option = source === 'file' ? { tokenFile } : { tokenEnvVar: 'MINE' };
    const client = makeClient(portal, { env, ...option });
    let rotated = 0;
    client.on('rotated', () => rotated++);
    await client.getBrokerCredentials();
    portal.rotateTokens();
    await write(portal.token1);
    await client.getBrokerCredentials({ forceRefresh: true });
    expect(portal.requests.map(({ status }) => status)).toEqual([200, 200]);
    expect(rotated).toBe(1);
  });

  it('a function that creates a new token for each call is called at most twice', async () => {
    const portal = await startPortal();
    let count = 0;
    const client = makeClient(portal, {
      token: () => `sdk-created-${count++}`,
      fallbackToken: 'sdk-rejected-too',
    });
    expect((await errorOf(client.getBrokerCredentials())).code).toBe('QUIX_TOKEN_REJECTED');
    expect(count).toBe(2);
    expect(portal.requests.map(({ status }) => status)).toEqual([401, 401, 401]);
  });

  it('a fallback that cannot be read causes a warning and does not hide the 401', async () => {
    const portal = await startPortal();
    const warnings: string[] = [];
    const client = makeClient(portal, {
      token: 'sdk-rejected',
      fallbackToken: () => {
        throw new Error('unavailable');
      },
    });
    client.on('warning', ({ code }) => warnings.push(code));
    expect(await errorOf(client.getBrokerCredentials())).toMatchObject({
      code: 'QUIX_TOKEN_REJECTED',
      status: 401,
      retryable: false,
    });
    expect(warnings).toEqual(['TOKEN_FALLBACK_FAILED']);
  });

  it('a fallback that cannot be a token is rejected by the constructor', async () => {
    const portal = await startPortal();
    expect(
      codeOf(() => makeClient(portal, { token: portal.token1, fallbackToken: 'bad\ntoken' })),
    ).toBe('QUIX_TOKEN_INVALID');
  });

  it('a deactivated token without a replacement is rejected after one request, with its source', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { env: { Quix__Sdk__Token: portal.token1 } });
    portal.rotateTokens();
    const error = await errorOf(client.getBrokerCredentials());
    expect(error).toMatchObject({ code: 'QUIX_TOKEN_REJECTED', status: 401, retryable: false });
    for (const fact of ['Quix__Sdk__Token', 'Token 1', 'Token 2', String(error.correlationId)])
      expect(error.message).toContain(fact);
    for (const remedy of ['fallbackToken', 'tokenFile', 'rotateToken()'])
      expect(error.hint).toContain(remedy);
    expect(error.correlationId).toBeTypeOf('string');
    expect(portal.requests).toHaveLength(1);
  });

  it('cached credentials stay in use after a final 401 and are marked stale until Kafka refuses them', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { token: portal.token1 });
    const before = await client.getBrokerCredentials();
    portal.rotateTokens();
    expect((await errorOf(client.getBrokerCredentials({ forceRefresh: true }))).code).toBe(
      'QUIX_TOKEN_REJECTED',
    );
    expect(client.describe().state).toBe('stale');
    expect(await client.getBrokerCredentials()).toBe(before);
    client.invalidate(before);
    expect((await errorOf(client.getBrokerCredentials())).code).toBe('QUIX_TOKEN_REJECTED');
  });
});

describe('rotateToken', () => {
  it('uses the new token for later exchanges after it was accepted', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { token: portal.token1 });
    const before = await client.getBrokerCredentials();
    const after = await client.rotateToken(portal.token2);
    expect(after.generation).toBeGreaterThan(before.generation);
    portal.rotateTokens();
    await client.getBrokerCredentials({ forceRefresh: true });
    expect(portal.requests.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(client.describe().token?.source).toBe('rotateToken');
  });

  it('accepts a token function', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { token: portal.token1 });
    await client.rotateToken(() => Promise.resolve(portal.token2));
    await client.getBrokerCredentials({ forceRefresh: true });
    expect(client.describe().token?.source).toBe('rotateToken');
  });

  it.each([
    ['a rejected token', 'sdk-ffffffffffffffffffffffffffffffff', 'QUIX_TOKEN_REJECTED'],
    ['a text that cannot be a token', 'sdk with spaces', 'QUIX_TOKEN_INVALID'],
    ['a blank text', '  ', 'QUIX_TOKEN_INVALID'],
  ])('changes nothing for %s', async (_, next, code) => {
    const portal = await startPortal();
    const client = makeClient(portal, { token: portal.token1 });
    const before = await client.getBrokerCredentials();
    expect((await errorOf(client.rotateToken(next))).code).toBe(code);
    expect(await client.getBrokerCredentials()).toBe(before);
    await client.getBrokerCredentials({ forceRefresh: true });
    expect(client.describe()).toMatchObject({ state: 'ready', token: { source: 'argument' } });
  });

  it('rejects a token of another workspace and names both workspaces', async () => {
    const portal = await startPortal({
      workspaces: [{ workspaceId: 'org-one-dev' }, { workspaceId: 'org-two-dev' }],
    });
    const other = portal.addToken({ workspaces: ['org-two-dev'] });
    const client = makeClient(portal, { token: portal.token1 });
    await client.getBrokerCredentials();
    const error = await errorOf(client.rotateToken(other));
    expect(error.code).toBe('QUIX_WORKSPACE_CHANGED');
    expect(error.message).toContain('org-two-dev');
    expect(error.message).toContain('org-one-dev');
    expect(client.describe().workspaceId).toBe('org-one-dev');
  });

  it('is not undone by an exchange with the old token that ends after it', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { token: portal.token1 });
    await client.getBrokerCredentials();
    const rotations: string[] = [];
    client.on('rotated', ({ current }) => rotations.push(current.source));
    portal.faults.push({ delayMs: 500 });
    const late = client.getBrokerCredentials({ forceRefresh: true });
    await expect.poll(() => portal.requests.length).toBe(2);
    const rotated = await client.rotateToken(portal.token2);
    expect(await late).toBe(rotated);
    expect(rotations).toEqual(['rotateToken']);
    expect(client.describe().token?.source).toBe('rotateToken');
  });

  it('is not undone by a call with the old token that begins during it and ends after it', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { token: portal.token1 });
    await client.getBrokerCredentials();
    const rotations: string[] = [];
    client.on('rotated', ({ current }) => rotations.push(current.source));
    portal.faults.push({ match: '/librdkafka', delayMs: 100 }, { match: '/topics', delayMs: 300 });
    const rotated = client.rotateToken(portal.token2);
    await expect.poll(() => portal.requests.length).toBe(2);
    const topics = client.getTopics();
    await rotated;
    await topics;
    expect(portal.requests.map(({ token }) => token)).toEqual(['token1', 'token2', 'token1']);
    expect(rotations).toEqual(['rotateToken']);
    expect(client.describe().token?.source).toBe('rotateToken');
  });

  it('can be followed by a rotation back to the first token', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { token: portal.token1 });
    await client.rotateToken(portal.token2);
    await client.rotateToken(() => portal.token1);
    await client.getTopics();
    expect(portal.requests.map(({ token }) => token)).toEqual(['token2', 'token1', 'token1']);
    expect(client.describe()).toMatchObject({ rotations: 1, token: { source: 'rotateToken' } });
  });

  it('changes the token even if newer credentials were installed meanwhile, and keeps those', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { token: portal.token1 });
    client.invalidate(await client.getBrokerCredentials());
    portal.setBroker({ sasl: { password: 'first' } });
    portal.faults.push({ delayMs: 500 });
    const rotation = client.rotateToken(portal.token2);
    await expect.poll(() => portal.requests.length).toBe(2);
    const newer = await client.getBrokerCredentials();
    expect((await rotation).generation).toBeGreaterThanOrEqual(newer.generation);
    expect(await client.getBrokerCredentials()).toBe(await rotation);
    expect(client.describe().token?.source).toBe('rotateToken');
  });

  it('changes nothing when its signal aborts', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { token: portal.token1 });
    const before = await client.getBrokerCredentials();
    portal.faults.push({ delayMs: 60 });
    const controller = new AbortController();
    const rotation = client.rotateToken(portal.token2, { signal: controller.signal });
    const reason = new Error('aborted');
    controller.abort(reason);
    await expect(rotation).rejects.toBe(reason);
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(await client.getBrokerCredentials()).toBe(before);
    expect(client.describe().token?.source).toBe('argument');
  });

  it('runs concurrent rotations in the order of their calls', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { token: portal.token1 });
    portal.faults.push({ delayMs: 60 });
    await Promise.all([client.rotateToken(portal.token2), client.rotateToken(portal.token1)]);
    await client.getBrokerCredentials({ forceRefresh: true });
    expect(portal.requests.at(-1)?.token).toBe('token1');
  });
});

describe('a workspace that is in use', () => {
  async function startTwo(): Promise<{ portal: PortalEmulator; one: string; two: string }> {
    const portal = await startPortal({
      workspaces: [{ workspaceId: 'org-one-dev' }, { workspaceId: 'org-two-dev' }],
    });
    const one = portal.addToken({ workspaces: ['org-one-dev'] });
    const two = portal.addToken({ workspaces: ['org-two-dev'] });
    return { portal, one, two };
  }

  it('is not replaced by the workspace of a fallback token', async () => {
    const { portal, one, two } = await startTwo();
    const client = makeClient(portal, { token: one, fallbackToken: two, workspaceId: undefined });
    const before = await client.getBrokerCredentials();
    portal.revokeToken(one);
    expect(await errorOf(client.getBrokerCredentials({ forceRefresh: true }))).toMatchObject({
      code: 'QUIX_WORKSPACE_CHANGED',
      status: 403,
    });
    expect(await client.getBrokerCredentials()).toBe(before);
  });

  it.each([
    { slow: 'org-two-dev', found: 'org-one-dev', rotation: 'QUIX_WORKSPACE_CHANGED' },
    { slow: 'org-one-dev', found: 'org-two-dev', rotation: 'resolved' },
  ])(
    'is $found when concurrent exchanges find different workspaces and $slow responds later',
    async ({ slow, found, rotation }) => {
      const { portal, one, two } = await startTwo();
      portal.faults.push({ match: `/workspaces/${slow}/broker/librdkafka`, delayMs: 150 });
      const client = makeClient(portal, { token: one, workspaceId: undefined });
      const ids = new Set<string>();
      client.on('credentials', ({ workspaceId }) => ids.add(workspaceId));
      const [credentials, outcome] = await Promise.all([
        client.getBrokerCredentials(),
        client.rotateToken(two).then(() => 'resolved', codeOf),
      ]);
      expect([...ids, credentials.workspaceId]).toEqual([found, found]);
      expect(outcome).toBe(rotation);
    },
  );

  it('stays when its token loses the permission, and the call fails after one request', async () => {
    const { portal, one } = await startTwo();
    const client = makeClient(portal, { token: one, workspaceId: undefined });
    await client.getBrokerCredentials();
    portal.requests.length = 0;
    portal.faults.push({ status: 403, times: Infinity });
    const error = await errorOf(client.getBrokerCredentials({ forceRefresh: true }));
    expect(error).toMatchObject({ code: 'QUIX_FORBIDDEN', status: 403 });
    expect(portal.requests).toHaveLength(1);
  });
});
