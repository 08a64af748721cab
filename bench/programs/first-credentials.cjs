// The CommonJS version of first-credentials.mjs.
const process = require('node:process');
const { QuixStreamingClient } = require('quix-streams-auth');

new QuixStreamingClient().getBrokerCredentials().then((credentials) => {
  process.stdout.write(`${credentials.workspaceId}\n`);
});
