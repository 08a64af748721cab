// The CommonJS version of first-response.mjs.
const process = require('node:process');
const { request } = require('undici');

const {
  Quix__Portal__Api: portal,
  Quix__Sdk__Token: token,
  Quix__Workspace__Id: workspaceId,
} = process.env;
request(`${portal}/workspaces/${workspaceId}/broker/librdkafka`, {
  headers: { authorization: `Bearer ${token}`, 'x-version': '2.0' },
})
  .then(({ body }) => body.text())
  .then((text) => {
    if (!JSON.parse(text)['bootstrap.servers']) throw new Error('No broker settings.');
    process.stdout.write(`${workspaceId}\n`);
  });
