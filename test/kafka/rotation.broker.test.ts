import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { LOGIN_POLICY } from '../../src/kafka/shared/index.ts';
import { withAdmin } from './support/kafka-access.ts';
import { startKafka, type KafkaCluster } from './support/kafka-cluster.ts';
import { drivers } from './support/load-drivers.ts';
import {
  changePasswords,
  loginOf,
  restorePortals,
  rotateTokens,
  startRotationService,
  stopPortals,
  stopServices,
  type RotationService,
} from './support/rotation-service.ts';

/** `connections.max.reauth.ms`: within this time, each connection logs in again or ends. */
const SESSION_MS = 15_000;
/** How long messages are observed after each event. */
const WATCH_MS = 5_000;
/** How long the Portal is unreachable while Kafka refuses the password. */
const OUTAGE_MS = 10_000;

interface Service extends RotationService {
  /** Longest time without a message, by event. */
  readonly gaps: Map<string, number>;
}

const clients = Object.keys(drivers) as (keyof typeof drivers)[];
const services = new Map<string, Service>();
/** Requests to the Portal during a rolling restart, by client. */
const extraExchanges = new Map<string, number>();
/** Milliseconds from the end of the Portal's outage to the next message, by client. */
const recoveries = new Map<string, number>();
/** Number of refused credentials during the change of the user, by client. */
const refusals = new Map<string, number>();
/** Messages in the log at the end, by client. */
const written = new Map<string, number>();

/** Gives each service another user, and deletes the old one. */
async function changeUsers(kafka: KafkaCluster): Promise<void> {
  await Promise.all(
    [...services.values()].map(async (service) => {
      const old = loginOf(service);
      const username = `${old.username}-2`;
      const password = randomBytes(12).toString('hex');
      await kafka.setScramPassword('SCRAM-SHA-512', password, username);
      service.portal.setBroker({ sasl: { username, password } });
      await kafka.deleteScramPassword('SCRAM-SHA-512', old);
    }),
  );
}

/** Runs an event and records the longest time without a message for each client. */
async function during(event: string, action: () => unknown): Promise<void> {
  for (const { load } of services.values()) load.takeLongestGapMs();
  await action();
  await delay(WATCH_MS);
  for (const { load, gaps } of services.values()) gaps.set(event, load.takeLongestGapMs());
}

async function awaitDelivery({ load }: Service): Promise<number> {
  const start = performance.now();
  const { delivered } = load;
  while (load.delivered === delivered && performance.now() - start < 90_000) await delay(20);
  return Math.round(performance.now() - start);
}

/** Waits until the adapters send no more requests after a refused login. */
async function waitForLastRequest(portals: readonly PortalEmulator[]): Promise<void> {
  const count = (): number => portals.reduce((sum, { requests }) => sum + requests.length, 0);
  const { checkAgainAfterMs, maxCooldownWaitMs } = LOGIN_POLICY;
  const longestPauseMs = Math.max(...checkAgainAfterMs) + maxCooldownWaitMs;
  let previous: number;
  do {
    previous = count();
    await delay(longestPauseMs + 1_000);
  } while (count() > previous);
}

async function runEverything(kafka: KafkaCluster): Promise<void> {
  for (const name of clients) {
    services.set(name, { ...(await startRotationService(name, kafka)), gaps: new Map() });
  }
  const all = [...services.values()];
  const portals = all.map(({ portal }) => portal);

  await during('no event, for comparison', () => undefined);
  for (const which of ['first', 'second']) {
    await during(`${which} rotation of the tokens`, () => {
      rotateTokens(all);
    });
    await during(`${which} change of the password, until all sessions are renewed`, async () => {
      await changePasswords(all, kafka);
      await delay(SESSION_MS);
    });
  }
  await waitForLastRequest(portals);
  const before = new Map(portals.map((portal) => [portal, portal.requests.length]));
  await during('rolling restart of the brokers', kafka.rollingRestart);
  for (const { name, portal } of services.values()) {
    extraExchanges.set(name, portal.requests.length - (before.get(portal) ?? 0));
  }

  stopPortals(all);
  await during('Portal unreachable, sessions renewed, rolling restart', async () => {
    await delay(SESSION_MS);
    await kafka.rollingRestart();
  });
  await during('Portal unreachable while Kafka refuses the password', async () => {
    await changePasswords(all, kafka);
    await delay(SESSION_MS + OUTAGE_MS);
    restorePortals(all);
    await Promise.all(
      [...services.values()].map(async (service) => {
        recoveries.set(service.name, await awaitDelivery(service));
      }),
    );
  });

  // Last, because Kafka 4.1.0 may lose all users if a broker restarts after a deletion.
  for (const { name, quix } of services.values()) refusals.set(name, -quix.describe().refusals);
  await during('change of the user, until all sessions are renewed', async () => {
    await changeUsers(kafka);
    await delay(SESSION_MS);
  });
  for (const { name, quix } of services.values()) {
    refusals.set(name, (refusals.get(name) ?? 0) + quix.describe().refusals);
  }

  await Promise.all(
    [...services.values()].map(async ({ name, load, topic }) => {
      await load.stop();
      const offsets = await withAdmin({ brokers: kafka.bootstrap.plaintext }, (admin) =>
        admin.fetchTopicOffsets(topic),
      );
      written.set(
        name,
        offsets.reduce((sum, { high }) => sum + Number(high), 0),
      );
    }),
  );
}

function printTable(): void {
  const [first] = services.values();
  const rows = [...(first?.gaps.keys() ?? [])].map((event) =>
    [event, ...clients.map((name) => `${services.get(name)?.gaps.get(event) ?? 0} ms`)].join(' | '),
  );
  const recovery = clients.map((name) => `${recoveries.get(name) ?? 0} ms`);
  console.log(
    [
      `Node ${process.versions.node}, Apache Kafka with 3 brokers, sessions of ${SESSION_MS} ms:`,
      'longest time without a message.',
      ['Event', ...clients].join(' | '),
      ...rows,
      ['From the end of the outage to the next message', ...recovery].join(' | '),
      [
        'Refused credentials during the change of the user',
        ...clients.map((name) => String(refusals.get(name) ?? 0)),
      ].join(' | '),
      ...[...services.values()].map(
        ({ name, load, endedStreams }) =>
          `${name}: ${JSON.stringify({ ...load.report(), written: written.get(name), rejectedSends: load.rejectedSends.length, endedStreams: endedStreams.length })}`,
      ),
    ].join('\n'),
  );
}

beforeAll(async () => {
  const kafka = await startKafka({ brokers: 3, sessionLifetimeMs: SESSION_MS });
  try {
    await runEverything(kafka);
  } finally {
    printTable();
    await stopServices([...services.values()]);
    await kafka.stop();
  }
}, 600_000);

describe.each(clients)(
  '%s, while tokens and passwords rotate, brokers restart and the Portal is unreachable,',
  (name) => {
    const service = (): Service => {
      const found = services.get(name);
      if (!found) throw new Error(`${name} was not started`);
      return found;
    };

    it(
      'loses no message, keeps the order within each key, and writes no duplicate',
      { meta: { faults: [95, 100] } },
      () => {
        expect(service().load.report()).toMatchObject({ lost: 0, outOfOrder: 0, duplicates: 0 });
      },
    );

    it('sends at least 500 messages per second', () => {
      expect(service().load.report().ratePerSecond).toBeGreaterThanOrEqual(500);
    });

    it('keeps each consumer running', { meta: { faults: [99] } }, () => {
      expect(service().crashes).toEqual([]);
    });

    it(
      'sends hardly any requests to the Portal during a rolling restart',
      { meta: { faults: [98] } },
      () => {
        // The Confluent adapter sometimes sends one request. Its cause is not known yet.
        const limit = name.startsWith('@confluentinc') ? 1 : 0;
        expect(extraExchanges.get(name)).toBeLessThanOrEqual(limit);
      },
    );

    it(
      'keeps the credentials when open connections cannot change to a new user name',
      { meta: { faults: [115] } },
      () => {
        // Kafka may refuse one login of the deleted user.
        expect(refusals.get(name)).toBeLessThanOrEqual(1);
      },
    );

    it(
      'consumes again within 60 s after an outage of the Portal during which Kafka refused the password',
      { meta: { faults: [99] } },
      () => {
        expect(recoveries.get(name)).toBeLessThan(60_000);
      },
    );
  },
);
