// A NestJS application with two Quix environments. It shows events, requests and replies, a health
// check and the shutdown.
//
//   npm install quix-streams-auth kafkajs @nestjs/microservices @nestjs/terminus
//   curl -d '{"speed":312}' -H 'content-type: application/json' localhost:8080/laps
//   curl -d '{"count":2}' -H 'content-type: application/json' localhost:8080/orders
//
// QUIX_TOKEN_FILE is the path of a file with one token. PROD_QUIX_TOKEN is the other token.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { Consumer, Kafka, Producer } from 'kafkajs';
import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import { QuixKafkaServer } from 'quix-streams-auth/nestjs';
import { AppModule } from './app.module.ts';
import { PRODUCTION } from './tokens.ts';

const app = await NestFactory.create(AppModule);
app.enableShutdownHooks(); // on SIGTERM, closes the Kafka clients and then the Quix clients

const server = new QuixKafkaServer(app.get(QuixStreamingClient), { groupId: 'shop' });
const productionServer = new QuixKafkaServer(app.get(PRODUCTION), { groupId: 'shop' });
// Each handler names one of the two servers. Otherwise, both would subscribe to all patterns.
productionServer.setTransportId(PRODUCTION);
app.connectMicroservice({ strategy: server });
app.connectMicroservice({ strategy: productionServer });

try {
  await app.startAllMicroservices(); // exchanges the tokens, and finds or creates the topics
} catch (thrown) {
  const error = QuixError.from(thrown);
  if (!error) throw thrown;
  console.error(`${error.code} ${error.message}`);
  process.exit(error.retryable ? 1 : 78); // 78: a restart does not help
}
for (const each of [server, productionServer]) {
  const [, consumer] = each.unwrap<[Kafka, Consumer, Producer]>();
  consumer.on('consumer.crash', ({ payload: { restart, error } }) => {
    if (restart) return; // kafkajs restarts the consumer
    console.error('A consumer has ended.', QuixError.from(error)?.code ?? error.name);
    void app.close().finally(() => process.exit(1));
  });
}
await app.listen(process.env['PORT'] ?? 8080, '127.0.0.1');
console.log(`listening on ${await app.getUrl()}`);
