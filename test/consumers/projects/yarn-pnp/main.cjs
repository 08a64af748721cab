const assert = require('node:assert/strict');
const { Kafka } = require('kafkajs');
const { QuixStreamingClient } = require('quix-streams-auth');
const { kafkaJSConfig } = require('quix-streams-auth/kafkajs');
const { startPortalEmulator } = require('quix-streams-auth/testing');

async function main() {
  // A streaming token.
  const quix = new QuixStreamingClient();
  const { brokers } = await quix.getBrokerCredentials();
  const config = kafkaJSConfig(quix);
  assert.deepEqual(await config.brokers(), brokers);
  assert.ok(new Kafka(config).producer());

  // A Personal Access Token is a JWT.
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const token = [{ alg: 'none' }, { exp: 4102444800 }, ''].map(encode).join('.');
  assert.equal(new QuixStreamingClient({ token }).describe().token.kind, 'jwt');

  // The emulator.
  const portal = await startPortalEmulator();
  const own = new QuixStreamingClient({ env: portal.env });
  assert.equal((await own.getBrokerCredentials()).workspaceId, portal.workspaceId);
  await portal.close();
}

void main();
