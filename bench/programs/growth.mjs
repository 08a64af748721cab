// Prints the milliseconds of the same call for 1, 10, 100 and 1000 topics, workspaces or clients.
import process from 'node:process';
import { QuixStreamingClient } from 'quix-streams-auth';
import { startPortalEmulator } from 'quix-streams-auth/testing';

const SIZES = [1, 10, 100, 1000];
const ROUNDS = Number(process.argv[2]);
const range = (count) => Array.from({ length: count }, (_, index) => index);

async function time(run) {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** Calls `run` with the client options for a Portal that has these workspaces and topics. */
async function withPortal({ topics = [], workspaces = ['org-project-dev'] }, run) {
  const portal = await startPortalEmulator({
    topics,
    workspaces: workspaces.map((workspaceId) => ({ workspaceId })),
  });
  const token = portal.addToken();
  const env = { ...portal.env, Quix__Sdk__Token: token };
  const workspaceId = portal.workspaceId;
  try {
    return await run({ env, workspaceId });
  } finally {
    await portal.close();
  }
}

const cases = {
  'concurrent getTopic(), one per topic': (size) => {
    const topics = range(size).map((index) => `topic-${index}`);
    return withPortal({ topics }, async (options) => {
      const client = new QuixStreamingClient(options);
      await client.getBrokerCredentials();
      const elapsed = await time(() => Promise.all(topics.map((topic) => client.getTopic(topic))));
      await client.close();
      return elapsed;
    });
  },
  'getTopics(), by number of topics': (size) => {
    const topics = range(size).map((index) => `topic-${index}`);
    return withPortal({ topics }, async (options) => {
      const client = new QuixStreamingClient(options);
      await client.getBrokerCredentials();
      const elapsed = await time(() => client.getTopics());
      await client.close();
      return elapsed;
    });
  },
  'getTopic() of a topic id, by number of workspaces': (size) => {
    const workspaces = range(size).map((index) => `org-project-w${index}`);
    const last = workspaces.at(-1);
    return withPortal({ workspaces }, async ({ env }) => {
      const client = new QuixStreamingClient({ env });
      const elapsed = await time(() => client.getTopic(`${last}-f1-data`));
      await client.close();
      return elapsed;
    });
  },
  'concurrent getBrokerCredentials(), one per client': (size) =>
    withPortal({}, async (options) => {
      const clients = range(size).map(() => new QuixStreamingClient(options));
      const elapsed = await time(() =>
        Promise.all(clients.map((each) => each.getBrokerCredentials())),
      );
      await Promise.all(clients.map((each) => each.close()));
      return elapsed;
    }),
};

const results = {};
for (const [name, measure] of Object.entries(cases)) {
  results[name] = SIZES.map(() => []);
  for (let round = -1; round < ROUNDS; round++) {
    for (const [index, size] of SIZES.entries()) {
      const elapsed = await measure(size);
      if (round >= 0) results[name][index].push(elapsed);
    }
  }
}
process.stdout.write(JSON.stringify(results));
process.exit();
