// Tests code that calls the Portal API itself, with msw. msw does not see the requests of a
// QuixStreamingClient. emulator.test.ts shows how to test code that uses one.
//
//   npm install --save-dev vitest msw
import { setupServer } from 'msw/node';
import { createPortalState } from 'quix-streams-auth/testing';
import { portalHandlers } from 'quix-streams-auth/testing/msw';
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

it('lists the environments of a Personal Access Token', async () => {
  expect(await listEnvironments(PORTAL, state.addToken())).toEqual(['dev', 'prod']);
});

it('lists the one environment of a streaming token', async () => {
  expect(await listEnvironments(PORTAL, state.token1)).toEqual(['dev']);
});

it('fails with a token that a rotation deactivated', async () => {
  const { token1 } = state;
  state.rotateTokens();
  await expect(listEnvironments(PORTAL, token1)).rejects.toThrow('401');
});
