import type { ConnectionOptions } from 'node:tls';
import { Admin } from '@platformatic/kafka';
import { Kafka, logLevel } from 'kafkajs';
import type { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { platformaticClient } from 'quix-streams-auth/platformatic';
import { onTestFinished } from 'vitest';

/** Requests metadata, for which the client connects and logs in. */
type Request = () => Promise<unknown>;

/** Functions that create a Kafka client. It is closed when the test finishes. */
export const kafkaConnections: Record<
  'kafkajs' | '@platformatic/kafka',
  (quix: QuixStreamingClient, options?: { tls?: ConnectionOptions; retries?: number }) => Request
> = {
  kafkajs(quix, { tls, retries = 5 } = {}) {
    const config = kafkaJSConfig(quix, {
      logLevel: logLevel.NOTHING,
      retry: { retries, initialRetryTime: 50 },
      ...(tls && { ssl: tls }),
    });
    const admin = new Kafka(config).admin();
    onTestFinished(() => admin.disconnect());
    let connected: Promise<void> | undefined;
    return async () => {
      await (connected ??= admin.connect());
      await admin.listTopics();
    };
  },
  '@platformatic/kafka'(quix, { tls, retries = 5 } = {}) {
    const options = { retries, retryDelay: 50, ...(tls && { tls }) };
    const admin = platformaticClient(quix, Admin, options);
    onTestFinished(() => admin.close());
    return () => admin.metadata({ topics: [], forceUpdate: true });
  },
};
