// The complete example of the README in CommonJS.
//
//   npm install quix-streams-auth kafkajs
const { once } = require('node:events');
const process = require('node:process');
const { Kafka } = require('kafkajs');
const { QuixStreamingClient } = require('quix-streams-auth');
const { kafkaJSConfig } = require('quix-streams-auth/kafkajs');

async function main() {
  const quix = new QuixStreamingClient(); // reads Quix__Sdk__Token, sends nothing yet
  const kafka = new Kafka(kafkaJSConfig(quix, { clientId: 'my-service' }));
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);

  // The id of a topic or group in Kafka differs from its name in Quix.
  const topic = await quix.getTopic('f1-data'); // creates the topic in Quix if it does not exist
  const groupId = await quix.getConsumerGroup('my-service');

  const producer = kafka.producer();
  await producer.connect();
  await producer.send({
    topic: topic.id,
    messages: [{ key: 'car-1', value: '{"speed":312}' }],
  });

  const consumer = kafka.consumer({ groupId });
  await consumer.connect();
  await consumer.subscribe({ topic: topic.id, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => {
      console.log(message.value?.toString());
      return Promise.resolve();
    },
  });

  await stopped;
  // Without disconnect(), Kafka waits for the old consumer, and the next start takes up to 30 s.
  await Promise.all([producer.disconnect(), consumer.disconnect()]);
  await quix.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1); // also closes the connections to Kafka
});
