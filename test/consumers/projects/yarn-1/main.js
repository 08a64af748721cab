const assert = require('node:assert/strict');
const { QuixStreamingClient } = require('quix-streams-auth');
const { kafkaJSConfig } = require('quix-streams-auth/kafkajs');

async function main() {
  const quix = new QuixStreamingClient();
  const { brokers } = await quix.getBrokerCredentials();
  assert.deepEqual(await kafkaJSConfig(quix).brokers(), brokers);
}

void main();
