const { Kafka } = require('kafkajs');
const { QuixStreamingClient } = require('quix-streams-auth');
const { kafkaJSConfig } = require('quix-streams-auth/kafkajs');

// A CommonJS file cannot contain await outside of a function.
async function main() {
  const quix = new QuixStreamingClient();
  const producer = new Kafka(kafkaJSConfig(quix)).producer();
  const topic = await quix.getTopic('commonjs');
  await producer.connect();
  await producer.send({ topic: topic.id, messages: [{ value: '{"speed":312}' }] });
  await producer.disconnect();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
