import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import { inspect, promisify } from 'node:util';
import { startPortalEmulator } from 'quix-streams-auth/testing';
import { describe, expect, it } from 'vitest';
import { send, startPortal } from './request-portal.ts';

describe('an emulator', () => {
  it('listens on a free port of 127.0.0.1', async () => {
    const [one, two] = [await startPortal(), await startPortal()];
    expect(one.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(one.url).not.toBe(two.url);
    expect((await send(one, '/workspaces')).status).toBe(200);
  });

  it('is not reachable at another address of the machine', async () => {
    const { url } = await startPortal();
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address?.family === 'IPv4' && !address.internal);
    // Without another address, use 127.0.0.2, which is also a loopback address on Linux.
    const socket = connect({
      port: Number(new URL(url).port),
      host: outside?.address ?? '127.0.0.2',
    });
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(['ECONNREFUSED', 'EADDRNOTAVAIL', 'ETIMEDOUT', 'ENETUNREACH']).toContain(error.code);
  });

  it('rejects with EADDRINUSE if the port is in use', async () => {
    const { url } = await startPortal();
    const port = Number(new URL(url).port);
    await expect(startPortalEmulator({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('returns environment variables with the URL and the current Token 1', async () => {
    const portal = await startPortal();
    expect(portal.env).toEqual({
      Quix__Sdk__Token: portal.token1,
      Quix__Portal__Api: portal.url,
    });
    portal.rotateTokens();
    expect(portal.env.Quix__Sdk__Token).toBe(portal.token1);
  });

  it('closes idle connections and pending requests at once', async () => {
    const portal = await startPortalEmulator({ latencyMs: 60_000 });
    const pending = send(portal, '/workspaces').catch((error: unknown) => error);
    const idle = connect(Number(new URL(portal.url).port), '127.0.0.1');
    await once(idle, 'connect');
    await expect.poll(() => portal.requests).toHaveLength(1);
    const before = performance.now();
    await portal.close();
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(await pending).toBeInstanceOf(TypeError);
    await expect(send(portal, '/workspaces')).rejects.toThrow('fetch failed');
    idle.destroy();
  });

  it('can be closed twice, and disposed', async () => {
    const portal = await startPortalEmulator();
    await Promise.all([portal.close(), portal.close()]);
    await portal[Symbol.asyncDispose]();
    expect(portal.url).toMatch(/^http:/);
  });

  it('does not keep the process alive after it was closed', async () => {
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
    // A child that does not exit is killed after the timeout, and the promise rejects.
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 12_000 });
    expect(stdout).toBe('200\n');
  });

  it('delays each response by the current `latencyMs`', async () => {
    const portal = await startPortal({ latencyMs: 60 });
    const timeOne = async (): Promise<number> => {
      const before = performance.now();
      await send(portal, '/workspaces');
      return performance.now() - before;
    };
    expect(await timeOne()).toBeGreaterThanOrEqual(55);
    portal.latencyMs = 0;
    await timeOne();
    expect(await timeOne()).toBeLessThan(55);
  });

  it('answers a malformed request line and keeps running', async () => {
    const portal = await startPortal();
    const socket = connect(Number(new URL(portal.url).port), '127.0.0.1');
    socket.end('GET http://elsewhere.example/workspaces HTTP/1.1\r\nHost: x\r\n\r\n');
    const [response] = (await once(socket, 'data')) as [Buffer];
    expect(response.toString()).toMatch(/^HTTP\/1\.1 500 /);
    expect((await send(portal, '/workspaces')).status).toBe(200);
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

describe('an option that is not valid', () => {
  it.each([
    ['an empty list of workspaces', { workspaces: [] }],
    ['an empty workspace id', { workspaces: [{ workspaceId: '' }] }],
    ['a duplicate workspace id', { workspaces: [{ workspaceId: 'a' }, { workspaceId: 'a' }] }],
    ['a broker CA that is not a PEM certificate', { broker: { ca: 'not PEM' } }],
    ['a blank token', { tokens: { token1: '' } }],
  ])('such as %s rejects with QUIX_CONFIG', async (_, options) => {
    await expect(startPortalEmulator(options)).rejects.toMatchObject({ code: 'QUIX_CONFIG' });
  });

  it('of a method throws QUIX_CONFIG', async () => {
    const portal = await startPortal();
    const unknown: unknown = expect.objectContaining({
      code: 'QUIX_CONFIG',
      message: expect.stringMatching(/"elsewhere".*org-project-dev/) as unknown,
    });
    expect(() => {
      portal.setBroker({}, 'elsewhere');
    }).toThrow(unknown);
    expect(() => portal.addTopic('t', 'elsewhere')).toThrow(unknown);
  });
});
