import { createRequire } from 'node:module';
import { Kafka, logLevel } from 'kafkajs';
import { QuixError } from 'quix-streams-auth';
import type { PortalEmulator, PortalFault } from 'quix-streams-auth/testing';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { expect, it, onTestFinished } from 'vitest';
import { kafkaConnections } from '../support/kafka-connections.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { startSaslBroker } from '../support/sasl-broker.ts';

closeAfterEach();

const CLIENTS = ['kafkajs', '@platformatic/kafka'] as const;
/** Refused logins until the Portal returns the password that Kafka accepts. */
const REFUSALS = 6;
const RECOVERY_MS = 8_000;

const passwordOf = (index: number): string => `password-${index}`;

/** Returns the final errors of this package in an error of a Kafka client. */
function finalErrors(error: unknown, depth = 0): QuixError[] {
  if (depth > 9 || !(error instanceof Error)) return [];
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  const inner = [cause, errors].flat().flatMap((each) => finalErrors(each, depth + 1));
  return error instanceof QuixError && !error.retryable ? [error, ...inner] : inner;
}

/** Sends requests until one succeeds. Returns the final errors. */
async function recover(request: () => Promise<unknown>): Promise<QuixError[]> {
  const failures: QuixError[] = [];
  for (;;) {
    try {
      await request();
      return failures;
    } catch (error) {
      failures.push(...finalErrors(error));
    }
  }
}

/** Starts a Portal, and a broker that has accepted the login of a Kafka client. */
async function startConnected(
  name: (typeof CLIENTS)[number],
  isAccepted: (password: string, portal: PortalEmulator) => boolean,
) {
  const portal = await startPortal();
  const broker = await startSaslBroker({
    refuse: ({ password }) =>
      isAccepted(password, portal) ? undefined : 'Authentication failed: Invalid credentials',
  });
  portal.setBroker({
    brokers: [broker.address],
    securityProtocol: 'SASL_PLAINTEXT',
    sasl: { mechanism: 'PLAIN', username: 'user', password: passwordOf(0) },
  });
  const quix = makeClient(portal, { timeoutMs: 1_000 });
  await quix.getBrokerCredentials();
  const request = kafkaConnections[name](quix);
  await request();
  return { portal, broker, quix, request };
}

it.each(CLIENTS)(
  'recovers %s after the Portal has returned several outdated passwords',
  { meta: { faults: [116] } },
  async (name) => {
    let refused = -1;
    const { broker, request } = await startConnected(name, (password, portal) => {
      if (refused < 0) return true;
      if (password === passwordOf(REFUSALS / 2)) return true;
      // The Portal returns each password for two logins, and then the next password.
      portal.setBroker({ sasl: { password: passwordOf(Math.floor(++refused / 2)) } });
      return false;
    });
    refused = 0;
    broker.dropConnections();
    const start = performance.now();
    expect(await recover(request)).toEqual([]);
    expect(performance.now() - start).toBeLessThan(RECOVERY_MS);
    expect(broker.logins.at(-1)?.password).toBe(passwordOf(REFUSALS / 2));
  },
);

it.each(
  CLIENTS.flatMap((name) =>
    (
      [
        ['hangs', { transport: 'hang' }],
        ['resets connections', { transport: 'reset' }],
        ['answers 503 with Retry-After', { status: 503, headers: { 'retry-after': '1' } }],
      ] as const
    ).map(([what, fault]) => [name, what, fault] as const),
  ),
)(
  'recovers %s after the Portal %s while Kafka refuses logins',
  { meta: { faults: [116] } },
  async (name, _, fault: PortalFault) => {
    let truth = passwordOf(0);
    const connected = await startConnected(name, (password) => password === truth);
    const { portal, broker, request } = connected;
    portal.faults.push({ ...fault, times: Infinity });
    truth = passwordOf(1);
    broker.dropConnections();
    const recovered = recover(request);
    await expect.poll(() => portal.requests.length, { timeout: 10_000 }).toBeGreaterThan(3);
    portal.setBroker({ sasl: { password: truth } });
    portal.faults.length = 0;
    const start = performance.now();
    expect(await recovered).toEqual([]);
    expect(performance.now() - start).toBeLessThan(RECOVERY_MS);
    expect(broker.logins.at(-1)?.password).toBe(truth);
  },
);

interface Broker {
  isConnected(): boolean;
  metadata(topics: string[]): Promise<unknown>;
}

/** The internal class `Cluster` of kafkajs 2.2.4. Each consumer has a cluster. */
interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(topics: string[]): Promise<void>;
  findBroker(options: { nodeId: string }): Promise<Broker>;
}

it(
  'requests of kafkajs during a refused login fail with retriable errors, which a consumer survives',
  { meta: { faults: [116] } },
  async () => {
    let truth = passwordOf(0);
    const { portal, broker, quix } = await startConnected('kafkajs', (each) => each === truth);
    const load = createRequire(import.meta.url);
    const KafkaJSCluster = load('kafkajs/src/cluster') as new (options: object) => Cluster;
    const logger = new Kafka({ brokers: [], logLevel: logLevel.NOTHING }).logger();
    const retry = { retries: 5, initialRetryTime: 200 };
    const cluster = new KafkaJSCluster({ ...kafkaJSConfig(quix), logger, retry });
    await cluster.connect();
    onTestFinished(() => cluster.disconnect());
    await cluster.refreshMetadata([]);
    const coordinator = await cluster.findBroker({ nodeId: '1' });
    truth = passwordOf(1);
    portal.setBroker({ sasl: { password: truth } });
    broker.dropConnections();
    await expect.poll(() => coordinator.isConnected()).toBe(false);
    const logins = broker.logins.length;
    const fetched = cluster.findBroker({ nodeId: '1' }).catch((error: unknown) => error);
    await expect.poll(() => broker.logins.length, { interval: 5 }).toBeGreaterThan(logins);
    const failures: unknown[] = [];
    for (let heartbeat = 0; heartbeat < 10; heartbeat++) {
      await coordinator.metadata([]).catch((error: unknown) => failures.push(error));
    }
    for (const error of failures) expect(error).toMatchObject({ retriable: true });
    await fetched;
    await cluster.findBroker({ nodeId: '1' });
    expect(broker.logins.at(-1)?.password).toBe(truth);
  },
);
