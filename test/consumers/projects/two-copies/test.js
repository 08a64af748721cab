import assert from 'node:assert/strict';
import { Kafka } from 'kafkajs';
import * as one from 'one';
import * as two from 'two';

assert.notEqual(one.QuixError, two.QuixError);

// `instanceof QuixError` works with an error of the other copy.
const wrong = new one.QuixStreamingClient({ token: process.env.WRONG_TOKEN });
const error = await wrong.getBrokerCredentials().catch((reason) => reason);
assert.ok(error instanceof two.QuixError);
assert.equal(error.code, 'QUIX_TOKEN_REJECTED');

// An adapter works with a client of the other copy.
const quix = new one.QuixStreamingClient();
const topic = (await quix.getTopic('two-copies')).id;
const producer = new Kafka(two.kafkaJSConfig(quix)).producer();
await producer.connect();
await producer.send({ topic, messages: [{ value: 'two copies' }] });
await producer.disconnect();

// Both copies find the error behind an error of kafkajs.
const failing = new Kafka(two.kafkaJSConfig(wrong)).producer();
const failure = await failing.connect().catch((reason) => reason);
for (const { QuixError } of [one, two]) {
  assert.equal(QuixError.from(failure)?.code, 'QUIX_TOKEN_REJECTED');
}

// `instanceof QuixStreamingClient` works only within a copy.
assert.ok(!(quix instanceof two.QuixStreamingClient));
