import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { Kafka } from 'kafkajs';
import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { createPortalState, startPortalEmulator } from 'quix-streams-auth/testing';
import { portalHandlers } from 'quix-streams-auth/testing/msw';

// One message through Kafka, over TLS and with a login.
const quix = new QuixStreamingClient();
const topic = (await quix.getTopic('bun')).id;
const groupId = await quix.getConsumerGroup('bun');
const kafka = new Kafka(kafkaJSConfig(quix));

const producer = kafka.producer();
await producer.connect();
await producer.send({ topic, messages: [{ value: 'sent by bun' }] });

const consumer = kafka.consumer({ groupId });
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
const received = await new Promise((resolve) => {
  void consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) });
});
assert.equal(received, 'sent by bun');
await Promise.all([producer.disconnect(), consumer.disconnect()]);

// The password is hidden.
const credentials = await quix.getBrokerCredentials();
const printed = [JSON.stringify(credentials), inspect(credentials), inspect(quix)].join();
assert.ok(!printed.includes(credentials.sasl.password));

// A token that the Portal rejects.
const wrong = new QuixStreamingClient({ token: process.env.WRONG_TOKEN });
await assert.rejects(wrong.getBrokerCredentials(), (error) => {
  return error instanceof QuixError && error.code === 'QUIX_TOKEN_REJECTED';
});

// The emulator, and the msw handlers without msw.
const portal = await startPortalEmulator();
const own = new QuixStreamingClient({ env: portal.env });
assert.equal((await own.getBrokerCredentials()).workspaceId, portal.workspaceId);
await portal.close();
assert.throws(() => portalHandlers(createPortalState()), {
  code: 'QUIX_CONFIG',
  message: /npm install --save-dev msw/,
});
