import { Admin } from '@platformatic/kafka';
import { QuixError } from 'quix-streams-auth';
import { confluentKafka } from 'quix-streams-auth/confluent';
import { platformaticClient } from 'quix-streams-auth/platformatic';
import { describe, expect, it, onTestFinished } from 'vitest';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { loadConfluent } from './support/confluent-build.ts';
import {
  CALLS,
  makeKafka,
  PORTAL_FAILURES,
  rejection,
  type Call,
  type Failure,
} from './support/failing-calls.ts';
import { portalBroker } from './support/portal-broker.ts';
import { sharedKafka } from './support/shared-kafka.ts';

closeAfterEach();
const kafka = sharedKafka();

/** A logger that prints nothing. With a lower log level, the adapter would not see refused logins. */
const logger = Object.fromEntries(
  ['setLogLevel', 'error', 'warn', 'info', 'debug'].map((name) => [name, () => undefined]),
);
const QUIET = { kafkaJS: { logger } };

const ALL_CALLS: typeof CALLS = {
  ...CALLS,
  '@confluentinc/kafka-javascript': {
    'producer.connect()': (quix) =>
      confluentKafka(quix, loadConfluent(), QUIET).producer().connect(),
  },
};

const FAILURES: readonly Failure[] = [
  ...PORTAL_FAILURES,
  [
    'a refused password',
    'QUIX_CREDENTIALS_REFUSED',
    (portal) => {
      portal.setBroker(portalBroker(kafka, { password: 'wrong' }));
    },
  ],
];

describe.each(Object.entries(ALL_CALLS))('QuixError.from() with %s', (_, calls) => {
  describe.each(Object.entries(calls))('%s', (_, call) => {
    it.each(FAILURES)('finds the error after %s: %s', async (_, code, fail) => {
      const portal = await startPortal();
      portal.setBroker(portalBroker(kafka));
      const quix = makeClient(portal, { workspaceId: portal.workspaceId });
      await fail(portal);
      expect(QuixError.from(await rejection(call(quix)))).toMatchObject({ code, retryable: false });
    });
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
