import { randomBytes, randomUUID } from 'node:crypto';
import { QuixStreamingClient } from 'quix-streams-auth';
import { startPortalEmulator } from 'quix-streams-auth/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startKafka, type KafkaCluster } from './support/kafka-cluster.ts';
import { Load } from './support/load.ts';
import { drivers } from './support/load-drivers.ts';

const SESSION_MS = 15_000;
/** How long each event is watched. */
const WATCH_MS = 5_000;

let kafka: KafkaCluster;
const table: string[] = ['client | event | longest gap between two messages', '--- | --- | ---'];

beforeAll(async () => {
  kafka = await startKafka({ brokers: 3, sessionLifetimeMs: SESSION_MS });
});
afterAll(async () => {
  console.log(
    `\nNode ${process.versions.node}, Apache Kafka with 3 brokers, sessions of ${SESSION_MS} ms\n${table.join('\n')}`,
  );
  await kafka.stop();
});

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it.each(Object.entries(drivers))(
  '%s loses nothing while tokens and passwords rotate twice, brokers restart and the Portal is away',
  async (name, start) => {
    await using portal = await startPortalEmulator();
    let { password } = kafka.user;
    const setPassword = (next: string): void => {
      password = next;
      portal.setBroker({ sasl: { password } });
    };
    portal.setBroker({
      brokers: kafka.bootstrap.saslSsl,
      securityProtocol: 'SASL_SSL',
      sasl: { mechanism: 'SCRAM-SHA-512', username: kafka.user.username, password },
      ca: kafka.ca,
    });
    const topic = `org-project-dev-${randomUUID()}`;
    await kafka.createTopic(topic, 3);
    await using quix = new QuixStreamingClient(() => portal.token1, {
      portalApi: portal.url,
      workspaceId: portal.workspaceId,
    });
    const crashes: unknown[] = [];
    const load = new Load();
    const driver = await start({
      quix,
      topic,
      groupId: `org-project-dev-${randomUUID()}`,
      onDelivery: load.onDelivery,
      onCrash: (error) => crashes.push(error),
    });
    load.start(driver);

    const during = async (event: string, action: () => Promise<unknown>): Promise<void> => {
      load.takeLongestGapMs();
      await action();
      await wait(WATCH_MS);
      table.push(`${name} | ${event} | ${load.takeLongestGapMs()} ms`);
    };
    const changePassword = async (): Promise<void> => {
      const next = randomBytes(12).toString('hex');
      await kafka.setScramPassword('SCRAM-SHA-512', next);
      setPassword(next);
    };

    await during('nothing (for comparison)', () => wait(0));
    for (const round of ['first', 'second']) {
      await during(`${round} rotation of the tokens`, () => Promise.resolve(portal.rotateTokens()));
      await during(`${round} change of the password, sessions renewed`, async () => {
        await changePassword();
        await wait(SESSION_MS);
      });
    }
    const exchanges = portal.requests.length;
    await during('rolling restart of the brokers, credentials valid', async () => {
      for (const index of [0, 1, 2]) await kafka.restartBroker(index);
    });
    const extraExchanges = portal.requests.length - exchanges;
    portal.faults.push({ transport: 'reset', times: Infinity });
    await during('rolling restart while the Portal is away', async () => {
      for (const index of [0, 1, 2]) await kafka.restartBroker(index);
    });
    portal.faults.length = 0;

    await load.stop();
    await driver.stop();
    await kafka.setScramPassword('SCRAM-SHA-512', kafka.user.password);
    const report = load.report();
    console.log(
      name,
      JSON.stringify(report),
      `extra exchanges during a rolling restart: ${extraExchanges}, rejected sends: ${load.rejectedSends.length}`,
      load.rejectedSends.slice(0, 3),
    );
    expect(crashes).toEqual([]);
    expect(report).toMatchObject({ lost: 0, outOfOrder: 0, duplicates: 0 });
    expect(report.ratePerSecond).toBeGreaterThanOrEqual(500);
    expect(extraExchanges).toBe(0);
  },
  400_000,
);
