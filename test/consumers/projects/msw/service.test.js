import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setupServer } from 'msw/node';
import { startPortalEmulator } from 'quix-streams-auth/testing';
import { portalHandlers } from 'quix-streams-auth/testing/msw';
import { findBrokers, listEnvironments } from './service.js';

const PORTAL = 'https://portal.example';
// The emulator and the msw handlers have the same tokens, workspaces and topics.
const portal = await startPortalEmulator();
const server = setupServer(...portalHandlers(portal, { baseUrl: PORTAL }));

before(() => server.listen({ onUnhandledRequest: 'error' }));
after(async () => {
  server.close();
  await portal.close();
});

test("msw answers the service's own requests", async () => {
  assert.deepEqual(await listEnvironments(PORTAL, portal.token1), ['dev']);
});

test('the emulator answers the requests of a client', async () => {
  portal.setBroker({ brokers: ['kafka.example:9092'] });
  assert.deepEqual(await findBrokers(portal.env), ['kafka.example:9092']);
});

test('msw does not see a request of a client', async () => {
  const seen = [];
  server.events.on('request:start', ({ request }) => seen.push(request.url));
  // The variables of the environment name another emulator. msw would refuse a request to it.
  await findBrokers(process.env);
  assert.deepEqual(seen, []);
  await assert.rejects(fetch(process.env.Quix__Portal__Api));
  assert.equal(seen.length, 1);
});
