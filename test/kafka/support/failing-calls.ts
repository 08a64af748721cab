import { Admin, Consumer, Producer, stringSerializers } from '@platformatic/kafka';
import { Kafka, logLevel } from 'kafkajs';
import type { QuixErrorCode, QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { platformaticClient } from 'quix-streams-auth/platformatic';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { expect, onTestFinished } from 'vitest';

export type Call = (quix: QuixStreamingClient) => Promise<unknown>;

const GROUP = { groupId: 'group' };
const PLATFORMATIC = { retries: 3, retryDelay: 20 };

/** Creates kafkajs with few and fast retries, and without log lines. */
export function makeKafka(quix: QuixStreamingClient): Kafka {
  const retry = { retries: 3, initialRetryTime: 20 };
  return new Kafka(kafkaJSConfig(quix, { logLevel: logLevel.NOTHING, retry }));
}

/** Runs a consumer of kafkajs, and rejects with the event of its crash. */
export function crash(quix: QuixStreamingClient): Promise<unknown> {
  const consumer = makeKafka(quix).consumer(GROUP);
  onTestFinished(() => consumer.disconnect());
  return new Promise((_, reject) => {
    consumer.on('consumer.crash', reject);
    void consumer.run({ eachMessage: () => Promise.resolve() });
  });
}

/** Calls that connect, by Kafka client. Each rejects with what the user gets. */
export const CALLS: Readonly<Record<string, Readonly<Record<string, Call>>>> = {
  kafkajs: {
    'producer.connect()': (quix) => makeKafka(quix).producer().connect(),
    'consumer.connect()': (quix) => makeKafka(quix).consumer(GROUP).connect(),
    'admin.connect()': (quix) => makeKafka(quix).admin().connect(),
    'the event of a crashed consumer': crash,
  },
  '@platformatic/kafka': {
    'producer.send()': (quix) => {
      const options = { ...PLATFORMATIC, serializers: stringSerializers };
      const producer = platformaticClient(quix, Producer, options);
      onTestFinished(() => producer.close());
      return producer.send({ messages: [{ topic: 'missing', value: 'value' }] });
    },
    'consumer.consume()': (quix) => {
      const consumer = platformaticClient(quix, Consumer, { ...PLATFORMATIC, ...GROUP });
      onTestFinished(() => {
        consumer.close(true);
      });
      return consumer.consume({ topics: ['missing'] });
    },
    'admin.metadata()': (quix) => {
      const admin = platformaticClient(quix, Admin, PLATFORMATIC);
      onTestFinished(() => admin.close());
      return admin.metadata({ topics: [] });
    },
  },
};

/** Description of a failure, code of its error, and a function that changes the Portal or broker. */
export type Failure = readonly [string, QuixErrorCode, (portal: PortalEmulator) => unknown];

/** Failures that do not depend on a broker. */
export const PORTAL_FAILURES: readonly Failure[] = [
  [
    'a rejected token',
    'QUIX_TOKEN_REJECTED',
    (portal) => {
      portal.rotateTokens();
    },
  ],
  [
    'an unknown workspace',
    'QUIX_WORKSPACE_NOT_FOUND',
    (portal) => portal.faults.push({ status: 404, times: Infinity }),
  ],
];

/** Returns what a promise rejects with. */
export const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.unreachable('The call resolved. It should have rejected.'),
    (error: unknown) => error,
  );
