import { mkdtemp, rm, symlink, rename, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { QuixClientEvents, QuixClientOptions, QuixStreamingClient } from 'quix-streams-auth';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { codeOf, errorOf } from '../support/errors.ts';
import {
  closeAfterEach,
  makeClient as makePortalClient,
  startPortal,
} from '../support/portal-clients.ts';

closeAfterEach();

const folders: string[] = [];

/** No environment: the tokens of each test are given, and so is the workspace. */
function makeClient(portal: PortalEmulator, options: QuixClientOptions): QuixStreamingClient {
  const { url: portalApi, workspaceId } = portal;
  return makePortalClient(portal, { portalApi, workspaceId, env: {}, ...options });
}

afterEach(async () => {
  await Promise.all(folders.splice(0).map((each) => rm(each, { recursive: true })));
});

describe('after a rotation of the tokens', () => {
  it('credentials that are held go on being served without a request', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { token: portal.token1 });
    const before = await client.getBrokerCredentials();
    portal.rotateTokens();
    expect(await client.getBrokerCredentials()).toBe(before);
    expect(portal.requests).toHaveLength(1);
  });

  it('fallbackToken is tried once and kept while it works', async () => {
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

  it('a fallback that dies in turn gives way to a first source that has moved on', async () => {
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

  it('a variable that was changed is read again at the next exchange', async () => {
    const portal = await startPortal();
    const env: Record<string, string> = { MINE: portal.token1 };
    const client = makeClient(portal, { env, tokenEnvVar: 'MINE' });
    let rotated = 0;
    client.on('rotated', () => rotated++);
    await client.getBrokerCredentials();
    portal.rotateTokens();
    env['MINE'] = portal.token1;
    await client.getBrokerCredentials({ forceRefresh: true });
    expect(portal.requests.map(({ status }) => status)).toEqual([200, 200]);
    expect(rotated).toBe(1);
  });

  it('a provider is asked again after 401, and a changed token is tried once', async () => {
    const portal = await startPortal();
    const answers = [portal.token1, portal.token1, portal.token2];
    const client = makeClient(portal, { token: () => answers.shift() ?? '' });
    await client.getBrokerCredentials();
    portal.rotateTokens();
    await client.getBrokerCredentials({ forceRefresh: true });
    expect(portal.requests.map(({ status }) => status)).toEqual([200, 401, 200]);
    expect(answers).toHaveLength(0);
  });

  it('a function that makes a new token for each call is asked twice, not until the deadline', async () => {
    const portal = await startPortal();
    let count = 0;
    const client = makeClient(portal, {
      token: () => `sdk-minted-${count++}`,
      fallbackToken: 'sdk-dead-too',
    });
    expect((await errorOf(client.getBrokerCredentials())).code).toBe('QUIX_TOKEN_REJECTED');
    expect(count).toBe(2);
    expect(portal.requests.map(({ status }) => status)).toEqual([401, 401, 401]);
  });

  it('a fallback that cannot be read is told by a warning and does not hide the rejection', async () => {
    const portal = await startPortal();
    const warnings: string[] = [];
    const client = makeClient(portal, {
      token: 'sdk-dead',
      fallbackToken: () => {
        throw new Error('sealed');
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

  it('a fallback that cannot be a token is refused by the constructor', async () => {
    const portal = await startPortal();
    expect(
      codeOf(() => makeClient(portal, { token: portal.token1, fallbackToken: 'bad\ntoken' })),
    ).toBe('QUIX_TOKEN_INVALID');
  });

  it("a mounted secret is followed through Kubernetes' swap of its ..data link", async () => {
    const portal = await startPortal();
    const folder = await mkdtemp(join(tmpdir(), 'quix-'));
    folders.push(folder);
    const publish = async (version: string, token: string): Promise<void> => {
      await mkdir(join(folder, version));
      await writeFile(join(folder, version, 'token'), `${token}\n`);
      await symlink(version, join(folder, '..data_tmp'));
      await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    await publish('..2026_1', portal.token1);
    await symlink('..data/token', join(folder, 'token'));
    const client = makeClient(portal, { tokenFile: join(folder, 'token') });
    await client.getBrokerCredentials();
    portal.rotateTokens();
    await publish('..2026_2', portal.token1);
    await client.getBrokerCredentials({ forceRefresh: true });
    expect(portal.requests.map(({ status }) => status)).toEqual([200, 200]);
  });

  it('a deactivated token without another one is told clearly, within one request', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { env: { Quix__Sdk__Token: portal.token1 } });
    portal.rotateTokens();
    const error = await errorOf(client.getBrokerCredentials());
    expect(error).toMatchObject({ code: 'QUIX_TOKEN_REJECTED', status: 401, retryable: false });
    expect(error.message).toMatch(/Quix__Sdk__Token/);
    expect(error.message).toMatch(/rotating .* deactivates Token 1/);
    expect(error.message).toMatch(/restart/);
    expect(error.correlationId).toBeTypeOf('string');
    expect(portal.requests).toHaveLength(1);
  });

  it('the snapshot held stays available and is marked stale after a final 401', async () => {
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
  it('goes over to the next token after that was proven', async () => {
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

  it('takes a provider as well', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { token: portal.token1 });
    await client.rotateToken(() => Promise.resolve(portal.token2));
    await client.getBrokerCredentials({ forceRefresh: true });
    expect(client.describe().token?.source).toBe('rotateToken');
  });

  it.each([
    ['a rejected token', 'sdk-ffffffffffffffffffffffffffffffff', 'QUIX_TOKEN_REJECTED'],
    ['a text that is no token', 'sdk with spaces', 'QUIX_TOKEN_INVALID'],
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

  it('refuses a token of another workspace and names both', async () => {
    const portal = await startPortal({
      workspaces: [{ workspaceId: 'org-one-dev' }, { workspaceId: 'org-two-dev' }],
    });
    const other = portal.addToken({ workspaces: ['org-two-dev'] });
    const client = makeClient(portal, { token: portal.token1 });
    await client.getBrokerCredentials();
    const error = await errorOf(client.rotateToken(other));
    expect(error.code).toBe('QUIX_WORKSPACE_CHANGED');
    expect(error.message).toMatch(/org-two-dev/);
    expect(error.message).toMatch(/org-one-dev/);
    expect(client.describe().workspaceId).toBe('org-one-dev');
  });

  it('is not taken back by an exchange with the old token that ends after it', async () => {
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

  it('that takes long does not replace credentials that are newer than its own', async () => {
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

  it('changes nothing when its caller aborts', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { token: portal.token1 });
    const before = await client.getBrokerCredentials();
    portal.faults.push({ delayMs: 60 });
    const controller = new AbortController();
    const rotation = client.rotateToken(portal.token2, { signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(rotation).rejects.toBe(reason);
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(await client.getBrokerCredentials()).toBe(before);
    expect(client.describe().token?.source).toBe('argument');
  });

  it('does two of them in the order in which they were asked for', async () => {
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

  it('is not left in silence by a fallback token of another one', async () => {
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
    'is $found when two exchanges at the same time find different ones and $slow answers later',
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

  it('stays the one of a token that merely lost its right to it: that is QUIX_FORBIDDEN, at once', async () => {
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
