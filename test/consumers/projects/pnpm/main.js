import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { Kafka } from 'kafkajs';
import { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

// The layout is strict: packages that this project does not list cannot be loaded.
assert.throws(() => createRequire(import.meta.url)('undici'), { code: 'MODULE_NOT_FOUND' });

const quix = new QuixStreamingClient();
const topic = await quix.getTopic('pnpm');
const producer = new Kafka(kafkaJSConfig(quix)).producer();
await producer.connect();
const [{ errorCode }] = await producer.send({ topic: topic.id, messages: [{ value: 'pnpm' }] });
await producer.disconnect();
assert.equal(errorCode, 0);
