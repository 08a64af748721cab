import assert from 'node:assert/strict';
import { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

const quix = new QuixStreamingClient();
const { brokers } = await quix.getBrokerCredentials();
assert.deepEqual(await kafkaJSConfig(quix).brokers(), brokers);
