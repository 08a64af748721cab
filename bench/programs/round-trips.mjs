// What is asked of the Portal, counted by the emulator: all requests, and how many had to follow one
// another. Each answer takes a while, so that those sent together overlap.
import { subscribe } from 'node:diagnostics_channel';
import process from 'node:process';
import { QuixStreamingClient } from 'quix-streams-auth';
import { startPortalEmulator } from 'quix-streams-auth/testing';

let connections = 0;
subscribe('undici:client:connected', () => connections++);

const answers = {};

/** The longest row of requests of which each began when the one before had ended. */
function criticalPath(requests) {
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

/** `prepare` makes what `ask` is given, and is not counted. */
async function scenario(name, prepare, ask) {
  const portal = await startPortalEmulator({ topics: ['f1-data'], latencyMs: 40 });
  const client = await prepare(portal);
  portal.requests.length = 0;
  connections = 0;
  await ask(client, portal);
  const { requests } = portal;
  answers[name] = { total: requests.length, critical: criticalPath(requests), connections };
  await client.close();
  await portal.close();
}

const known = (portal, options = {}) =>
  new QuixStreamingClient({ env: portal.env, workspaceId: portal.workspaceId, ...options });
const unknown = (portal) => new QuixStreamingClient({ env: portal.env });
const credentials = (client) => client.getBrokerCredentials();
const both = (client) => Promise.all([client.getBrokerCredentials(), client.getTopic('f1-data')]);
/** With credentials; then the environment's tokens rotate and Kafka refuses. */
const rotated = (options) => async (portal) => {
  const client = known(portal, options(portal));
  await client.getBrokerCredentials();
  portal.rotateTokens();
  client.invalidate();
  return client;
};

await scenario('known workspace', known, credentials);
await scenario('unknown workspace', unknown, credentials);
await scenario('known workspace and a topic', known, both);
await scenario('unknown workspace and a topic', unknown, both);
await scenario(
  'after a rotation, the token from a function',
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
  'reconnect',
  async (portal) => {
    const client = known(portal);
    await client.getBrokerCredentials();
    return client;
  },
  credentials,
);
process.stdout.write(JSON.stringify(answers));
