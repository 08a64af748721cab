import http from 'node:http';
import { setupServer } from 'msw/node';
import {
  createPortalState,
  portalHandlers,
  type PortalHandlersOptions,
  type PortalState,
} from 'quix-streams-auth/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ask, startPortal } from './ask-portal.ts';

const QUIX_CLOUD = 'https://portal-api.cloud.quix.io';

function intercept(state: PortalState, options?: PortalHandlersOptions): void {
  const server = setupServer(...portalHandlers(state, options));
  server.listen({ onUnhandledRequest: 'error' });
  onTestFinished(() => {
    server.close();
  });
}

describe('the handlers in a test that uses msw', () => {
  it('answer global fetch at Quix Cloud’s address', async () => {
    const state = createPortalState({ topics: ['t'] });
    intercept(state);
    const portal = { url: QUIX_CLOUD, token1: state.token1 };
    expect((await ask(portal, '/workspaces')).body).toMatchObject([
      { workspaceId: state.workspaceId },
    ]);
    expect((await ask(portal, '/workspaces', { token: null })).status).toBe(401);
    expect((await ask(portal, '/nowhere')).status).toBe(404);
    state.rotateTokens();
    expect((await ask(portal, '/workspaces')).status).toBe(401);
    expect(state.requests.map(({ token, status }) => [token, status])).toEqual([
      ['token1', 200],
      [undefined, 401],
      ['token1', 404],
      ['deactivated', 401],
    ]);
  });

  it('answer at a base URL with a path', async () => {
    const state = createPortalState();
    intercept(state, { baseUrl: 'https://proxy.example:8443/quix/' });
    const portal = { url: 'https://proxy.example:8443/quix', token1: state.token1 };
    expect((await ask(portal, `/workspaces/${state.workspaceId}`)).status).toBe(200);
  });

  it('answer node:http too', async () => {
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

  it('have faults, those of the connection in fetch’s terms', async () => {
    const state = createPortalState();
    intercept(state);
    const portal = { url: QUIX_CLOUD, token1: state.token1 };
    state.faults.push(
      { status: 503 },
      { transport: 'reset' },
      { transport: 'truncate' },
      { transport: 'hang' },
    );
    expect((await ask(portal, '/workspaces')).status).toBe(503);
    await expect(ask(portal, '/workspaces')).rejects.toThrow('Failed to fetch');
    await expect(ask(portal, '/workspaces')).rejects.toThrow();
    const signal = AbortSignal.timeout(100);
    await expect(ask(portal, '/workspaces', { signal })).rejects.toThrow();
    expect((await ask(portal, '/workspaces')).status).toBe(200);
  });

  it('give the same answers as the emulator', async () => {
    const options = {
      workspaces: [{ workspaceId: 'one' }, { workspaceId: 'two' }],
      broker: { sasl: { password: 'the same in both' } },
      topics: ['t'],
    };
    const [emulator, state] = [await startPortal(options), createPortalState(options)];
    const paths = [
      '/workspaces',
      '/workspaces/one',
      '/workspaces/two',
      '/workspaces/three',
      '/workspaces/one/broker/librdkafka',
      '/workspaces/one/certificates',
      '/one/topics',
      '/one/topics/t',
      '/one/topics/u',
      '/two/topics',
      '/auth/permissions/query?resourceType=Workspace&resourceId=one&permission=Read',
      '/nowhere',
    ];
    const strip = (text: string): string =>
      text.replace(/"(correlationId|createdAt|updatedAt)":"[^"]*"/g, '"$1":"…"');
    const askAll = async (portal: { url: string; token1: string }): Promise<unknown[]> => {
      const answers = [];
      for (const path of paths) {
        const { status, text } = await ask(portal, path);
        answers.push([path, status, strip(text)]);
      }
      return answers;
    };
    const answers = await askAll(emulator);
    intercept(state);
    expect(await askAll({ url: QUIX_CLOUD, token1: state.token1 })).toEqual(answers);
    expect(emulator.requests).toHaveLength(paths.length);
  });
});
