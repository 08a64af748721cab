import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

const installed = readdirSync('node_modules').filter((name) => !name.startsWith('.'));
assert.deepEqual(installed.sort(), ['kafkajs', 'quix-streams-auth', 'undici']);

const quix = new QuixStreamingClient();
const { brokers } = await quix.getBrokerCredentials();
assert.deepEqual(await kafkaJSConfig(quix).brokers(), brokers);
