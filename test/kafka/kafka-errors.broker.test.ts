import { Admin, Consumer, Producer, stringSerializers } from '@platformatic/kafka';
import { Kafka, logLevel } from 'kafkajs';
import { QuixError, type QuixErrorCode, type QuixStreamingClient } from 'quix-streams-auth';
import { confluentKafka } from 'quix-streams-auth/confluent';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { platformaticClient } from 'quix-streams-auth/platformatic';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { loadConfluent } from './support/confluent-build.ts';
import { portalBroker } from './support/portal-broker.ts';
import { sharedKafka } from './support/shared-kafka.ts';

closeAfterEach();
const kafka = sharedKafka();

/** A logger that prints nothing. With a lower log level, the adapter would not see refused logins. */
const logger = Object.fromEntries(
  ['setLogLevel', 'error', 'warn', 'info', 'debug'].map((name) => [name, () => undefined]),
);
const QUIET = { kafkaJS: { logger } };

type Call = (quix: QuixStreamingClient) => Promise<unknown>;

const makeKafka = (quix: QuixStreamingClient): Kafka =>
  new Kafka(kafkaJSConfig(quix, { logLevel: logLevel.NOTHING, retry: { retries: 3 } }));

/** Calls that connect, by Kafka client. */
const CALLS: Record<string, Call> = {
  'producer.connect() of kafkajs': (quix) => makeKafka(quix).producer().connect(),
  'consumer.connect() of kafkajs': (quix) =>
    makeKafka(quix).consumer({ groupId: 'group' }).connect(),
  'admin.connect() of kafkajs': (quix) => makeKafka(quix).admin().connect(),
  'producer.send() of @platformatic/kafka': (quix) => {
    const producer = platformaticClient(quix, Producer, {
      retries: 3,
      serializers: stringSerializers,
    });
    onTestFinished(() => producer.close());
    return producer.send({ messages: [{ topic: 'missing', value: 'value' }] });
  },
  'consumer.consume() of @platformatic/kafka': (quix) => {
    const consumer = platformaticClient(quix, Consumer, { retries: 3, groupId: 'group' });
    onTestFinished(() => {
      consumer.close(true);
    });
    return consumer.consume({ topics: ['missing'] });
  },
  'admin.metadata() of @platformatic/kafka': (quix) => {
    const admin = platformaticClient(quix, Admin, { retries: 3 });
    onTestFinished(() => admin.close());
    return admin.metadata({ topics: [] });
  },
  'producer.connect() of @confluentinc/kafka-javascript': (quix) =>
    confluentKafka(quix, loadConfluent(), QUIET).producer().connect(),
};

/** Settings of the Portal that make a call fail, with the code of the error. */
const FAILURES: readonly [string, QuixErrorCode, (portal: PortalEmulator) => void][] = [
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
    (portal) => {
      portal.faults.push({ status: 404, times: Infinity });
    },
  ],
  [
    'a refused password',
    'QUIX_CREDENTIALS_REFUSED',
    (portal) => {
      portal.setBroker(portalBroker(kafka, { password: 'wrong' }));
    },
  ],
];

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.unreachable('The call resolved. It should have rejected.'),
    (error: unknown) => error,
  );

describe.each(Object.entries(CALLS))('QuixError.from() after %s', (_, call) => {
  it.each(FAILURES)('finds the error of %s: %s', async (_, code, fail) => {
    const portal = await startPortal();
    portal.setBroker(portalBroker(kafka));
    const quix = makeClient(portal, { workspaceId: portal.workspaceId });
    fail(portal);
    expect(QuixError.from(await rejection(call(quix)))).toMatchObject({ code, retryable: false });
  });
});

describe('QuixError.from()', () => {
  const topic = 'org-project-dev-missing';
  const errorsOfKafka: Record<string, Call> = {
    async kafkajs(quix) {
      const admin = makeKafka(quix).admin();
      onTestFinished(() => admin.disconnect());
      await admin.connect();
      await admin.deleteTopics({ topics: [topic] });
    },
    '@platformatic/kafka'(quix) {
      const admin = platformaticClient(quix, Admin, { retries: 0 });
      onTestFinished(() => admin.close());
      return admin.deleteTopics({ topics: [topic] });
    },
    async '@confluentinc/kafka-javascript'(quix) {
      const producer = confluentKafka(quix, loadConfluent(), QUIET).producer();
      await producer.connect();
      onTestFinished(() => producer.disconnect());
      await producer.send({ topic: 'not a valid topic name', messages: [{ value: 'value' }] });
    },
  };

  it.each(Object.entries(errorsOfKafka))(
    'returns undefined for an error of Kafka with %s',
    async (_, call) => {
      const portal = await startPortal();
      portal.setBroker(portalBroker(kafka));
      const error = await rejection(call(makeClient(portal)));
      expect(error).toBeInstanceOf(Error);
      expect(QuixError.from(error)).toBeUndefined();
    },
  );
});
