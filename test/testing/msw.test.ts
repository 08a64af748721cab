import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { setupServer } from 'msw/node';
import { QuixStreamingClient } from 'quix-streams-auth';
import { createPortalState, type PortalState } from 'quix-streams-auth/testing';
import { portalHandlers, type PortalHandlersOptions } from 'quix-streams-auth/testing/msw';
import { describe, expect, it, onTestFinished } from 'vitest';
import { send, startPortal } from './request-portal.ts';

const QUIX_CLOUD = 'https://portal-api.cloud.quix.io';

/**
 * Intercepts requests until the test ends. `setupServer` is from msw's ES module build here, and the
 * handlers are from its CommonJS build.
 */
function intercept(state: PortalState, options?: PortalHandlersOptions): void {
  const server = setupServer(...portalHandlers(state, options));
  server.listen({ onUnhandledRequest: 'error' });
  onTestFinished(() => {
    server.close();
  });
}

describe('the msw handlers', () => {
  it('answer global fetch at the URL of Quix Cloud', async () => {
    const state = createPortalState({ topics: ['t'] });
    intercept(state);
    const portal = { url: QUIX_CLOUD, token1: state.token1 };
    expect((await send(portal, '/workspaces')).body).toMatchObject([
      { workspaceId: state.workspaceId },
    ]);
    expect((await send(portal, '/workspaces', { token: null })).status).toBe(401);
    expect((await send(portal, '/nowhere')).status).toBe(404);
    expect((await send(portal, '/')).status).toBe(404);
    state.rotateTokens();
    expect((await send(portal, '/workspaces')).status).toBe(401);
    expect(state.requests.map(({ token, status }) => [token, status])).toEqual([
      ['token1', 200],
      [undefined, 401],
      ['token1', 404],
      ['token1', 404],
      ['deactivated', 401],
    ]);
  });

  it('answer at a base URL with a path', async () => {
    const state = createPortalState();
    intercept(state, { baseUrl: 'https://proxy.example:8443/quix/' });
    const portal = { url: 'https://proxy.example:8443/quix', token1: state.token1 };
    expect((await send(portal, `/workspaces/${state.workspaceId}`)).status).toBe(200);
    expect(state.requests[0]?.path).toBe(`/quix/workspaces/${state.workspaceId}`);
  });

  it('reject a base URL that is not absolute', () => {
    expect(() => portalHandlers(createPortalState(), { baseUrl: '/quix' })).toThrow(
      expect.objectContaining({ code: 'QUIX_CONFIG' }) as Error,
    );
  });

  it('answer node:http', async () => {
    const state = createPortalState();
    intercept(state, { baseUrl: 'http://portal.test' });
    const status = await new Promise((resolve, reject) => {
      const headers = { authorization: `bearer ${state.token2}` };
      http
        .request('http://portal.test/workspaces', { headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
  });

  it('do not see the requests of a QuixStreamingClient', async () => {
    const portal = await startPortal();
    const state = createPortalState();
    intercept(state, { baseUrl: portal.url });
    await using client = new QuixStreamingClient({ env: portal.env });
    await client.getBrokerCredentials();
    expect(state.requests).toEqual([]);
    expect(portal.requests.length).toBeGreaterThan(0);
  });

  it('apply faults', async () => {
    const state = createPortalState();
    intercept(state);
    const portal = { url: QUIX_CLOUD, token1: state.token1 };
    state.faults.push(
      { status: 503 },
      { transport: 'reset' },
      { transport: 'truncate' },
      { transport: 'hang' },
    );
    expect((await send(portal, '/workspaces')).status).toBe(503);
    await expect(send(portal, '/workspaces')).rejects.toThrow('Failed to fetch');
    await expect(send(portal, '/workspaces')).rejects.toThrow();
    const signal = AbortSignal.timeout(100);
    await expect(send(portal, '/workspaces', { signal })).rejects.toThrow();
    expect((await send(portal, '/workspaces')).status).toBe(200);
  });

  it('return the same responses as the emulator', async () => {
    const options = {
      workspaces: [{ workspaceId: 'one' }, { workspaceId: 'two' }],
      broker: { sasl: { password: 'the same in both' } },
      topics: ['t'],
    };
    const [emulator, state] = [await startPortal(options), createPortalState(options)];
    const post = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"name":"u"}',
    };
    const requests: readonly [path: string, init?: RequestInit][] = [
      ['/workspaces'],
      ['/workspaces/one'],
      ['/workspaces/two'],
      ['/workspaces/three'],
      ['/workspaces/one/broker/librdkafka'],
      ['/workspaces/one/certificates'],
      ['/one/topics'],
      ['/one/topics/t'],
      ['/one/topics/u'],
      ['/one/topics', post],
      ['/one/topics', { ...post, body: 'x'.repeat(1024 * 1024 + 1) }],
      ['/two/topics'],
      ['/auth/permissions/query?resourceType=Workspace&resourceId=one&permission=Read'],
      ['/auth/token/details'],
      ['/nowhere'],
    ];
    const strip = (text: string): string =>
      text.replace(/"(correlationId|createdAt|updatedAt)":"[^"]*"/g, '"$1":"…"');
    const sendAll = async (portal: { url: string; token1: string }): Promise<unknown[]> => {
      const responses = [];
      for (const [path, init] of requests) {
        const { status, text } = await send(portal, path, init);
        responses.push([path, status, strip(text)]);
      }
      return responses;
    };
    const responses = await sendAll(emulator);
    intercept(state);
    expect(await sendAll({ url: QUIX_CLOUD, token1: state.token1 })).toEqual(responses);
    expect(emulator.requests).toHaveLength(requests.length);
  });
});

describe('the entry point without msw', () => {
  const source = fileURLToPath(new URL('../../src/testing/msw.ts', import.meta.url));

  it.each([
    ['ES module', 'esm', 'mjs', `import { portalHandlers } from './entry.mjs';`],
    ['CommonJS module', 'cjs', 'cjs', `const { portalHandlers } = require('./entry.cjs');`],
  ] as const)('loads as %s and names the package to install', async (_, format, ending, load) => {
    // A folder outside the project, where msw cannot be resolved.
    const folder = await mkdtemp(join(tmpdir(), 'quix-msw-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await build({
      entryPoints: [source],
      outfile: join(folder, `entry.${ending}`),
      bundle: true,
      platform: 'node',
      format,
      external: ['undici'],
      define: format === 'cjs' ? { 'import.meta.url': '__filename' } : {},
      logLevel: 'error',
    });
    const program = join(folder, `program.${ending}`);
    await writeFile(
      program,
      `${load}
      try {
        portalHandlers({});
      } catch ({ code, hint }) {
        console.log(JSON.stringify({ code, hint }));
      }`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, [program]);
    expect(JSON.parse(stdout)).toEqual({
      code: 'QUIX_CONFIG',
      hint: 'Run "npm install --save-dev msw".',
    });
  });
});
