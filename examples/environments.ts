// Several environments in one process: a client for each. Every one has its own token, its own brokers
// and its own ids for the same names; nothing is shared, so they cannot be mixed up.
//
//   DEV_QUIX_TOKEN=… PROD_QUIX_TOKEN=… npx tsx examples/environments.ts
import { QuixStreamingClient } from 'quix-streams-auth';

// With one Personal Access Token that sees both, name the environment instead:
// new QuixStreamingClient(process.env['QUIX_PAT'], { workspaceId: 'org-project-dev' })
const environments = {
  dev: new QuixStreamingClient({ tokenEnvVar: 'DEV_QUIX_TOKEN' }),
  prod: new QuixStreamingClient({ tokenEnvVar: 'PROD_QUIX_TOKEN' }),
};

// A variable that is not set would be replaced by Quix__Sdk__Token, with a warning. That is handy for
// one environment and dangerous for two: make sure that they differ.
const workspaces = await Promise.all(
  Object.values(environments).map((quix) => quix.getWorkspace()),
);
if (new Set(workspaces.map(({ id }) => id)).size < workspaces.length) {
  throw new Error('Both tokens belong to the same environment.');
}

for (const [name, quix] of Object.entries(environments)) {
  const [workspace, topic, groupId] = await Promise.all([
    quix.getWorkspace(),
    quix.getTopic('f1-data'),
    quix.getConsumerGroup('my-service'),
  ]);
  console.log(`${name}: ${workspace.id}, topic ${topic.id}, group ${groupId}`);
  await quix.close();
}
