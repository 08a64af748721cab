// Prints how many requests the Portal emulator received in each case, and how many of them had to follow
// one another. The emulator delays its responses, so that concurrent requests overlap.
import { subscribe } from 'node:diagnostics_channel';
import process from 'node:process';
import { QuixStreamingClient } from 'quix-streams-auth';
import { startPortalEmulator } from 'quix-streams-auth/testing';

let connections = 0;
subscribe('undici:client:connected', () => connections++);

const results = {};

/** Returns the length of the longest sequence in which each request started after the previous one ended. */
function countSequential(requests) {
  let longest = 0;
  const depths = [];
  for (const { startedAt } of requests) {
    const before = requests
      .map((each, index) =>
        each.startedAt + each.durationMs <= startedAt ? (depths[index] ?? 0) : 0,
      )
      .reduce((a, b) => Math.max(a, b), 0);
    depths.push(before + 1);
    longest = Math.max(longest, before + 1);
  }
  return longest;
}

/** Counts the requests that `act` sends. Requests of `prepare`, which creates the client, do not count. */
async function scenario(name, prepare, act) {
  const portal = await startPortalEmulator({ topics: ['f1-data'], latencyMs: 40 });
  const client = await prepare(portal);
  portal.requests.length = 0;
  connections = 0;
  await act(client, portal);
  const { requests } = portal;
  results[name] = { total: requests.length, sequential: countSequential(requests), connections };
  await client.close();
  await portal.close();
}

const known = (portal, options = {}) =>
  new QuixStreamingClient({ env: portal.env, workspaceId: portal.workspaceId, ...options });
const unknown = (portal) => new QuixStreamingClient({ env: portal.env });
const credentials = (client) => client.getBrokerCredentials();
const both = (client) => Promise.all([client.getBrokerCredentials(), client.getTopic('f1-data')]);
/** Creates a client with credentials that Kafka has refused after the tokens were rotated. */
const rotated = (options) => async (portal) => {
  const client = known(portal, options(portal));
  await client.getBrokerCredentials();
  portal.rotateTokens();
  client.invalidate();
  return client;
};

await scenario('first credentials, workspace known', known, credentials);
await scenario('first credentials, workspace unknown', unknown, credentials);
await scenario('first credentials and a topic, workspace known', known, both);
await scenario('first credentials and a topic, workspace unknown', unknown, both);
await scenario(
  'after a rotation, token from a function',
  rotated((portal) => ({ token: () => portal.token1 })),
  credentials,
);
await scenario(
  'after a rotation, fallbackToken',
  rotated((portal) => ({ token: portal.token1, fallbackToken: portal.token2 })),
  credentials,
);
await scenario(
  'rotateToken()',
  async (portal) => {
    const client = known(portal);
    await client.getBrokerCredentials();
    return client;
  },
  (client, portal) => client.rotateToken(portal.token2),
);
await scenario(
  'reconnect with cached credentials',
  async (portal) => {
    const client = known(portal);
    await client.getBrokerCredentials();
    return client;
  },
  credentials,
);
process.stdout.write(JSON.stringify(results));
