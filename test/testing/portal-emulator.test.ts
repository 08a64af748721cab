import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import { inspect, promisify } from 'node:util';
import { startPortalEmulator } from 'quix-streams-auth/testing';
import { describe, expect, it } from 'vitest';
import { ask, startPortal } from './ask-portal.ts';

describe('an emulator', () => {
  it('listens on 127.0.0.1, on a free port', async () => {
    const [one, two] = [await startPortal(), await startPortal()];
    expect(one.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(one.url).not.toBe(two.url);
    expect((await ask(one, '/workspaces')).status).toBe(200);
  });

  it('is not reachable by another address of this machine', async () => {
    const { url } = await startPortal();
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address?.family === 'IPv4' && !address.internal);
    // 127.0.0.2 is this machine too, where the system has all of 127/8.
    const socket = connect({
      port: Number(new URL(url).port),
      host: outside?.address ?? '127.0.0.2',
    });
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(['ECONNREFUSED', 'EADDRNOTAVAIL', 'ETIMEDOUT', 'ENETUNREACH']).toContain(error.code);
  });

  it('listens on the port that it is told, and says so when that is taken', async () => {
    const { url } = await startPortal();
    const port = Number(new URL(url).port);
    await expect(startPortalEmulator({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('gives a service its Portal and the current Token 1', async () => {
    const portal = await startPortal();
    expect(portal.env).toEqual({
      Quix__Sdk__Token: portal.token1,
      Quix__Portal__Api: portal.url,
    });
    portal.rotateTokens();
    expect(portal.env.Quix__Sdk__Token).toBe(portal.token1);
  });

  it('closes at once, connections kept alive and requests under way included', async () => {
    const portal = await startPortalEmulator({ latencyMs: 60_000 });
    const pending = ask(portal, '/workspaces').catch((error: unknown) => error);
    const idle = connect(Number(new URL(portal.url).port), '127.0.0.1');
    await once(idle, 'connect');
    await expect.poll(() => portal.requests).toHaveLength(1);
    const before = performance.now();
    await portal.close();
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(await pending).toBeInstanceOf(TypeError);
    await expect(ask(portal, '/workspaces')).rejects.toThrow('fetch failed');
    idle.destroy();
  });

  it('may be closed twice, and by await using', async () => {
    const portal = await startPortalEmulator();
    await Promise.all([portal.close(), portal.close()]);
    await portal[Symbol.asyncDispose]();
    expect(portal.url).toMatch(/^http:/);
  });

  it('leaves nothing behind that keeps the process alive', async () => {
    const source = fileURLToPath(new URL('../../src/testing/index.ts', import.meta.url));
    const script = `
      import { startPortalEmulator } from ${JSON.stringify(source)};
      const portal = await startPortalEmulator({ topicCreationMs: 60_000 });
      const headers = {
        authorization: 'Bearer ' + portal.token1,
        'content-type': 'application/json',
      };
      const topics = portal.url + '/' + portal.workspaceId + '/topics';
      const created = await fetch(topics, { method: 'POST', body: '{"name":"t"}', headers });
      portal.latencyMs = 60_000;
      const pending = fetch(topics, { headers }).catch(() => undefined);
      while (portal.requests.length < 2) await new Promise(setImmediate);
      await portal.close();
      await pending;
      console.log(created.status);`;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
    // A child that does not end by itself is killed, which rejects.
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 12_000 });
    expect(stdout).toBe('200\n');
  });

  it('takes as long as it is told, each time', async () => {
    const portal = await startPortal({ latencyMs: 60 });
    const timeOne = async (): Promise<number> => {
      const before = performance.now();
      await ask(portal, '/workspaces');
      return performance.now() - before;
    };
    expect(await timeOne()).toBeGreaterThanOrEqual(55);
    portal.latencyMs = 0;
    await timeOne();
    expect(await timeOne()).toBeLessThan(55);
  });

  it('answers a malformed request line instead of dying', async () => {
    const portal = await startPortal();
    const socket = connect(Number(new URL(portal.url).port), '127.0.0.1');
    socket.end('GET http://elsewhere.example/workspaces HTTP/1.1\r\nHost: x\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 500 /);
    expect((await ask(portal, '/workspaces')).status).toBe(200);
  });

  it('prints no token and no password', async () => {
    const portal = await startPortal();
    const pat = portal.addToken();
    const password = portal.workspaces.get(portal.workspaceId)?.broker.sasl?.password ?? '';
    const printed = [
      JSON.stringify(portal),
      JSON.stringify([...portal.workspaces]),
      inspect(portal, { depth: Infinity, showHidden: true }),
    ].join();
    for (const secret of [portal.token1, portal.token2, pat, password]) {
      expect(secret.length).toBeGreaterThan(30);
      expect(printed).not.toContain(secret);
    }
  });
});

describe('wrong options', () => {
  it.each([
    ['no workspace', { workspaces: [] }],
    ['an empty id', { workspaces: [{ workspaceId: '' }] }],
    ['one id twice', { workspaces: [{ workspaceId: 'a' }, { workspaceId: 'a' }] }],
  ])('such as %s are refused before anything listens', async (_, options) => {
    await expect(startPortalEmulator(options)).rejects.toMatchObject({ code: 'QUIX_CONFIG' });
  });

  it('such as an unknown workspace are refused by the methods', async () => {
    const portal = await startPortal();
    expect(() => {
      portal.setBroker({}, 'elsewhere');
    }).toThrow('The emulator has no workspace "elsewhere". It has: org-project-dev.');
    expect(() => portal.addTopic('t', 'elsewhere')).toThrow('elsewhere');
    expect(() => portal.addToken({ token: 'two words' })).toThrow('"token"');
  });
});
