import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { errorOf } from '../support/errors.ts';
import { randomSecret } from '../support/leaks.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

describe('getToken()', () => {
  it('returns the token of the first source without a request', async () => {
    const portal = await startPortal();
    const own = randomSecret();
    expect(await makeClient(portal).getToken()).toBe(portal.token1);
    const options = { token: own, fallbackToken: portal.token2 };
    expect(await makeClient(portal, options).getToken()).toBe(own);
    expect(portal.requests).toEqual([]);
  });

  it('returns the accepted fallback, and the other token after the fallback was rejected', async () => {
    const portal = await startPortal();
    let own = randomSecret();
    const fallback = portal.token2;
    const quix = makeClient(portal, { token: () => own, fallbackToken: fallback });
    await quix.getBrokerCredentials();
    expect(await quix.getToken()).toBe(fallback);
    portal.revokeToken(fallback);
    await errorOf(quix.getBrokerCredentials({ forceRefresh: true }));
    own = portal.token1;
    expect(await quix.getToken()).toBe(portal.token1);
  });

  it('returns the fallback after the Portal rejected the token, also if the fallback failed at first', async () => {
    const portal = await startPortal();
    let isBroken = true;
    const fallbackToken = (): string => {
      if (isBroken) throw new Error('vault sealed');
      return portal.token2;
    };
    const rejected = randomSecret();
    const quix = makeClient(portal, { token: rejected, fallbackToken });
    expect((await errorOf(quix.getBrokerCredentials())).code).toBe('QUIX_TOKEN_REJECTED');
    expect(await quix.getToken()).toBe(rejected); // there is no other one
    isBroken = false;
    expect(await quix.getToken()).toBe(portal.token2);
  });

  it('returns a rejected token again after the Portal has accepted it again', async () => {
    const portal = await startPortal();
    portal.faults.push({ status: 401, times: 1 });
    const quix = makeClient(portal, { fallbackToken: randomSecret() });
    expect((await errorOf(quix.getWorkspace())).code).toBe('QUIX_TOKEN_REJECTED');
    await quix.getWorkspace();
    expect(await quix.getToken()).toBe(portal.token1);
  });

  it('returns the accepted token while its source still has it, although an earlier source has one now', async () => {
    const portal = await startPortal();
    const env: Record<string, string> = { ...portal.env };
    const quix = makeClient(portal, { env, tokenEnvVar: 'MY_TOKEN' });
    await quix.getWorkspace();
    env['MY_TOKEN'] = randomSecret();
    expect(await quix.getToken()).toBe(portal.token1);
    env['Quix__Sdk__Token'] = randomSecret();
    expect(await quix.getToken()).toBe(env['MY_TOKEN']);
  });

  it('returns the token of rotateToken()', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal);
    await quix.rotateToken(portal.token2);
    expect(await quix.getToken()).toBe(portal.token2);
  });

  it('reads the file of a variable again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quix-get-token-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'token');
    const portal = await startPortal();
    const env = { Quix__Portal__Api: portal.url, Quix__Sdk__Token_FILE: path };
    await writeFile(path, portal.token1);
    const quix = makeClient(portal, { env });
    expect(quix.describe().token).toEqual({ source: 'Quix__Sdk__Token_FILE' });
    await quix.getBrokerCredentials();
    expect(quix.describe().token).toMatchObject({
      source: 'Quix__Sdk__Token_FILE',
      kind: 'streaming',
    });
    await writeFile(path, portal.token2);
    portal.rotateTokens();
    expect(await quix.getToken()).toBe(portal.token1); // the former Token 2
    await quix.getBrokerCredentials({ forceRefresh: true });
    expect(quix.describe().rotations).toBe(1);
  });

  it('fails like other calls: wrong options, an aborted signal, a broken source, no token', async () => {
    const portal = await startPortal();
    const token = (): string => {
      throw new Error('vault sealed');
    };
    const quix = makeClient(portal, { token });
    expect((await errorOf(quix.getToken())).code).toBe('QUIX_TOKEN_SOURCE_FAILED');
    expect((await errorOf(quix.getToken({ signal: 1 as never }))).code).toBe('QUIX_CONFIG');
    const reason = new Error('too late');
    await expect(quix.getToken({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const slow = makeClient(portal, { token: () => new Promise(() => undefined), timeoutMs: 50 });
    expect((await errorOf(slow.getToken())).code).toBe('QUIX_TOKEN_SOURCE_FAILED');
    const env: Record<string, string> = { ...portal.env };
    const emptied = makeClient(portal, { env });
    delete env['Quix__Sdk__Token'];
    expect((await errorOf(emptied.getToken())).code).toBe('QUIX_TOKEN_MISSING');
  });
});
