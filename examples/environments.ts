// Several environments in one process, with one client for each. Each client has its own token,
// brokers and ids. The clients share nothing.
//
//   DEV_QUIX_TOKEN=… PROD_QUIX_TOKEN=… npx tsx examples/environments.ts
import { QuixStreamingClient } from 'quix-streams-auth';

// With one Personal Access Token for both environments, name the environment instead:
// new QuixStreamingClient(process.env['QUIX_PAT'], { workspaceId: 'org-project-dev' })
const environments = {
  dev: new QuixStreamingClient({ tokenEnvVar: 'DEV_QUIX_TOKEN' }),
  prod: new QuixStreamingClient({ tokenEnvVar: 'PROD_QUIX_TOKEN' }),
};

// If one of the variables is not set, its client uses Quix__Sdk__Token, with a warning. Check that
// the environments differ, so that no message goes to the wrong one.
try {
  const clients = Object.values(environments);
  const workspaces = await Promise.all(clients.map((quix) => quix.getWorkspace()));
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
  }
} finally {
  await Promise.all([environments.dev.close(), environments.prod.close()]);
}
