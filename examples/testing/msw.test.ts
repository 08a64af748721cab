// Testing with msw, where your tests use it already: the Portal's API as handlers. msw sees `fetch` and
// node:http, so this is for code of yours that asks the Portal itself; a QuixStreamingClient speaks
// undici, which msw does not see: give that one an emulator (emulator.test.ts), they can share a test.
//
//   npm install --save-dev vitest msw
import { setupServer } from 'msw/node';
import { createPortalState, portalHandlers } from 'quix-streams-auth/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listEnvironments } from './service.ts';

const PORTAL = 'https://portal.example';
const state = createPortalState({
  workspaces: [{ workspaceId: 'org-project-dev' }, { workspaceId: 'org-project-prod' }],
});
const server = setupServer(...portalHandlers(state, { baseUrl: PORTAL }));

beforeAll(() => {
  server.listen({ onUnhandledRequest: 'error' });
});
afterAll(() => {
  server.close();
});

it('lists what a Personal Access Token sees', async () => {
  expect(await listEnvironments(PORTAL, state.addToken())).toEqual(['dev', 'prod']);
});

it('lists the one environment of a streaming token', async () => {
  expect(await listEnvironments(PORTAL, state.token1)).toEqual(['dev']);
});

it('fails with a token that was rotated away', async () => {
  const { token1 } = state;
  state.rotateTokens();
  await expect(listEnvironments(PORTAL, token1)).rejects.toThrow('401');
});
