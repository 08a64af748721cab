// Produces and consumes with node-rdkafka. For the classic API of @confluentinc/kafka-javascript, change
// only the first import. The program creates new clients when a client cannot use new broker
// settings. It is JavaScript because the package contains a native library, which cannot be installed
// on every machine that checks the types of this project.
//
//   npm install quix-streams-auth node-rdkafka
import rdkafka from 'node-rdkafka';
import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { QuixStreamingClient } from 'quix-streams-auth';
import { librdkafkaConfig } from 'quix-streams-auth/librdkafka';

const quix = new QuixStreamingClient();
const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
quix.on('warning', ({ code, message }) => {
  console.error(code, message);
});
const topic = await quix.getTopic('f1-data');
const groupId = await quix.getConsumerGroup('librdkafka-example');
const key = randomUUID();
let receive;
const received = new Promise((resolve) => (receive = resolve));

/** Messages without a delivery report. */
const undelivered = new Set();
let producer = await startProducer();
let consumer = await startConsumer();

async function startProducer() {
  const { config, attach } = await librdkafkaConfig(quix, { dr_cb: true });
  const started = new rdkafka.Producer(config);
  attach(started, replaceProducer);
  await connect(started);
  started.setPollInterval(100);
  started.on('delivery-report', (error, { opaque }) => {
    if (!error) undelivered.delete(opaque);
  });
  return started;
}

async function replaceProducer() {
  const old = producer;
  producer = undefined;
  await new Promise((resolve) => old?.disconnect(1_000, resolve)); // delivers what it can
  producer = await startProducer();
  for (const value of undelivered) produce(value);
}

function send(value) {
  undelivered.add(value);
  produce(value);
}

function produce(value) {
  producer?.produce(topic.id, null, Buffer.from(value), key, Date.now(), value);
}

async function startConsumer() {
  const { config, attach } = await librdkafkaConfig(quix, { 'group.id': groupId });
  const started = new rdkafka.KafkaConsumer(config, { 'auto.offset.reset': 'earliest' });
  attach(started, replaceConsumer);
  await connect(started);
  started.on('data', (message) => {
    if (String(message.key) === key) receive(String(message.value));
  });
  started.subscribe([topic.id]);
  started.consume();
  return started;
}

async function replaceConsumer() {
  void stop(consumer); // takes seconds if no broker accepts its login, so the next line does not wait
  consumer = await startConsumer();
}

async function stop(running) {
  running.unsubscribe(); // without this, disconnect() can lose a message, and then never ends
  await delay(100);
  await new Promise((resolve) => running.disconnect(resolve));
}

function connect(client) {
  return new Promise((resolve, reject) => {
    client.connect({}, (error) => (error ? reject(error) : resolve()));
  });
}

send('{"speed":312}');
console.log(`sent to ${topic.id}`);
const value = await Promise.race([received, stopped]);
console.log(typeof value === 'string' ? `received ${value}` : 'stopped');

await new Promise((resolve) => producer.disconnect(5_000, resolve));
await stop(consumer);
await quix.close();
