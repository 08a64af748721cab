// Sends the same request as first-credentials.mjs with undici alone.
import process from 'node:process';
import { request } from 'undici';

const {
  Quix__Portal__Api: portal,
  Quix__Sdk__Token: token,
  Quix__Workspace__Id: workspaceId,
} = process.env;
const { body } = await request(`${portal}/workspaces/${workspaceId}/broker/librdkafka`, {
  headers: { authorization: `Bearer ${token}`, 'x-version': '2.0' },
});
if (!JSON.parse(await body.text())['bootstrap.servers']) throw new Error('No broker settings.');
process.stdout.write(`${workspaceId}\n`);
