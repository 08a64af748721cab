import assert from 'node:assert/strict';
import { Kafka } from 'kafkajs';
import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

async function main() {
  const quix = new QuixStreamingClient();
  const { brokers } = await quix.getBrokerCredentials();
  assert.match(brokers[0], /:\d+$/);
  assert.match((await quix.getTopic('rollup')).name, /^rollup$/);

  const config = kafkaJSConfig(quix, { clientId: 'rollup' });
  assert.deepEqual(await config.brokers(), brokers);
  assert.equal(typeof new Kafka(config).admin().connect, 'function');

  // The Portal does not know this JWT.
  const token = `${part({ alg: 'none' })}.${part({ exp: 4_102_444_800 })}.signature`;
  const rejectedClient = new QuixStreamingClient({ token });
  await assert.rejects(rejectedClient.getBrokerCredentials(), (error) => {
    assert.ok(error instanceof QuixError);
    assert.equal(error.code, 'QUIX_TOKEN_REJECTED');
    return true;
  });
  assert.equal(rejectedClient.describe().token.kind, 'jwt');
  console.log('Received credentials.');
}

main();
