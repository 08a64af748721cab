// An HTTP service that writes to Kafka, with health checks that return describe().
//
//   npm install quix-streams-auth kafkajs fastify
//   curl -d '{"car":"1","speed":312}' -H 'content-type: application/json' localhost:8080/laps
import { fastify } from 'fastify';
import { Kafka, logLevel } from 'kafkajs';
import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

interface Lap {
  readonly car: string;
  readonly speed: number;
}

const app = fastify({ logger: { level: 'warn' } });
const quix = new QuixStreamingClient({ logger: app.log });
const producer = new Kafka(kafkaJSConfig(quix, { logLevel: logLevel.ERROR })).producer();

// Liveness: the process answers. Do not check Quix or Kafka here. A restart would not fix them.
app.get('/health/live', () => ({ status: 'ok' }));

// Readiness: the client has credentials, and Kafka has not refused all logins for a minute. A rotation
// takes less time. `stale` credentials still work.
app.get('/health/ready', async (_request, reply) => {
  await producer.connect().catch(() => undefined); // does nothing if the producer is connected
  const description = quix.describe();
  const { state, logins } = description;
  const canLogIn = !logins.hasFinalError && logins.refusedForMs < 60_000;
  const isReady = (state === 'ready' || state === 'stale') && canLogIn;
  return await reply.code(isReady ? 200 : 503).send(description);
});

const body = {
  type: 'object',
  required: ['car', 'speed'],
  properties: { car: { type: 'string' }, speed: { type: 'number' } },
};
app.post<{ Body: Lap }>('/laps', { schema: { body } }, async ({ body: lap }, reply) => {
  const topic = await quix.getTopic('laps');
  await producer.connect(); // does nothing if the producer is connected
  await producer.send({
    topic: topic.id,
    messages: [{ key: lap.car, value: JSON.stringify(lap) }],
  });
  return await reply.code(202).send({ topic: topic.name });
});

app.setErrorHandler(async (thrown, _request, reply) => {
  const error = QuixError.from(thrown); // kafkajs wraps errors
  if (!error) throw thrown;
  // The message contains no secret, so the response may contain it.
  if (error.retryAfterMs) reply.header('retry-after', Math.ceil(error.retryAfterMs / 1000));
  return await reply
    .code(error.retryable ? 503 : 500)
    .send({ code: error.code, message: error.message });
});
app.addHook('onClose', async () => {
  await producer.disconnect();
  await quix.close();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void app.close());

const address = await app.listen({ port: Number(process.env['PORT'] ?? 8080), host: '127.0.0.1' });
console.log(`listening on ${address}`);
