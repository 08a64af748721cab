// Milliseconds of the same work for 1, 10, 100 and 1000 topics, workspaces and clients.
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

/** A client that has asked before, with the workspaces that its token sees and the topics of the first. */
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

const work = {
  'getTopic() of each, at once': (size) => {
    const topics = range(size).map((index) => `topic-${index}`);
    return withPortal({ topics }, async (options) => {
      const client = new QuixStreamingClient(options);
      await client.getBrokerCredentials();
      const took = await time(() => Promise.all(topics.map((topic) => client.getTopic(topic))));
      await client.close();
      return took;
    });
  },
  'getTopics()': (size) => {
    const topics = range(size).map((index) => `topic-${index}`);
    return withPortal({ topics }, async (options) => {
      const client = new QuixStreamingClient(options);
      await client.getBrokerCredentials();
      const took = await time(() => client.getTopics());
      await client.close();
      return took;
    });
  },
  'a topic whose prefix tells the workspace': (size) => {
    const workspaces = range(size).map((index) => `org-project-w${index}`);
    const last = workspaces.at(-1);
    return withPortal({ workspaces }, async ({ env }) => {
      const client = new QuixStreamingClient({ env });
      const took = await time(() => client.getTopic(`${last}-f1-data`));
      await client.close();
      return took;
    });
  },
  'credentials of clients, at once': (size) =>
    withPortal({}, async (options) => {
      const clients = range(size).map(() => new QuixStreamingClient(options));
      const took = await time(() =>
        Promise.all(clients.map((each) => each.getBrokerCredentials())),
      );
      await Promise.all(clients.map((each) => each.close()));
      return took;
    }),
};

const answers = {};
for (const [name, measure] of Object.entries(work)) {
  answers[name] = SIZES.map(() => []);
  for (let round = -1; round < ROUNDS; round++) {
    for (const [index, size] of SIZES.entries()) {
      const took = await measure(size);
      if (round >= 0) answers[name][index].push(took);
    }
  }
}
process.stdout.write(JSON.stringify(answers));
process.exit();
