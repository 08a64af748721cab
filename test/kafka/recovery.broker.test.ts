import { setTimeout as delay } from 'node:timers/promises';
import type { PortalFault } from 'quix-streams-auth/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { startKafka, type KafkaCluster } from './support/kafka-cluster.ts';
import { drivers } from './support/load-drivers.ts';
import { RecoveryService, type ClientName } from './support/recovery-service.ts';

/** `connections.max.reauth.ms`: within this time, each connection logs in again or ends. */
const SESSION_MS = 15_000;
/** How long messages are observed after the Portal has returned valid credentials. */
const WATCH_MS = 15_000;
/** The same time after a broker was killed. Kafka needs 9 s to elect other leaders. */
const WATCH_AFTER_KILL_MS = 25_000;
/** Limit for the silence beyond that of the same client with literals. */
const MAX_EXTRA_MS = 10_000;

const clients = Object.keys(drivers) as ClientName[];
const services: RecoveryService[] = [];

const each = (action: (service: RecoveryService) => unknown): Promise<unknown> =>
  Promise.all(services.map(action));

/** Adds a fault to all Portals. Returns a function that removes all faults. */
function failPortals(fault: PortalFault): () => void {
  for (const { portal } of services) portal.faults.push({ ...fault, times: Infinity });
  return () => {
    for (const { portal } of services) portal.faults.length = 0;
  };
}

/** Changes all passwords, and closes all connections, so that clients log in. */
async function changePasswords({ proxies }: KafkaCluster): Promise<(() => void)[]> {
  const updates = await Promise.all(services.map((service) => service.changePassword()));
  await delay(200); // until all brokers know the passwords
  for (const proxy of proxies) proxy.cut();
  return updates;
}

/**
 * Events, each of which ends when the Portal could return valid credentials, or when the last broker
 * can be reached again.
 */
const events: Record<string, (kafka: KafkaCluster) => Promise<unknown>> = {
  'a. broker killed, password and tokens changed meanwhile': async (kafka) => {
    await kafka.killBroker(0);
    for (const update of await changePasswords(kafka)) update();
    for (const { portal } of services) portal.rotateTokens();
  },
  'b. password changed twice within 2 s, Portal 1 s late': async (kafka) => {
    const first = await changePasswords(kafka);
    setTimeout(() => {
      for (const update of first) update();
    }, 1_000);
    await delay(1_300);
    const second = await changePasswords(kafka);
    await delay(1_000);
    for (const update of second) update();
  },
  'c. Portal answers 503 with Retry-After 3 for 10 s': async (kafka) => {
    const restore = failPortals({ status: 503, headers: { 'retry-after': '3' } });
    for (const update of await changePasswords(kafka)) update();
    await delay(10_000);
    restore();
  },
  'd. Portal does not answer for 20 s': async (kafka) => {
    const restore = failPortals({ transport: 'hang' });
    for (const update of await changePasswords(kafka)) update();
    await delay(20_000);
    restore();
  },
  'e. broker cut off for 15 s, password changed meanwhile': async ({ proxies }) => {
    proxies[1]?.freeze();
    await each(async (service) => {
      (await service.changePassword())();
    });
    await delay(15_000);
    proxies[1]?.thaw();
  },
  'f. CA of the brokers changed': async (kafka) => {
    await kafka.changeCertificates();
    for (const { portal } of services) portal.setBroker({ ca: kafka.otherCa });
    for (const proxy of kafka.proxies) proxy.cut();
  },
  // Last, because Kafka 4.1.0 may lose all users if a broker restarts after a deletion.
  'g. user name and password changed, old user deleted': () =>
    each((service) => service.changeUser()),
};
/** Runs only the events with these letters. */
const selected = process.env['EVENTS'] ?? 'abcdefg';

async function run(kafka: KafkaCluster): Promise<void> {
  for (const name of clients) services.push(await RecoveryService.start(name, kafka));
  await each((service) => service.waitForMessages());
  for (const [event, happen] of Object.entries(events)) {
    if (!selected.includes(event.charAt(0))) continue;
    await happen(kafka);
    for (const service of services) service.watchSilence();
    const isKill = event.startsWith('a');
    await delay(isKill ? WATCH_AFTER_KILL_MS : WATCH_MS);
    for (const service of services) service.recordSilence(event);
    if (isKill) await kafka.restartBroker(0);
    await each((service) => service.waitForMessages());
  }
}

function printTable(): void {
  const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
  const [first] = services;
  const rows = [...(first?.silences.keys() ?? [])].map((event) => {
    const cells = services.map(({ silences }) => {
      const [ours, literals] = silences.get(event) ?? [0, 0];
      return `${seconds(ours)} (${seconds(literals)})`;
    });
    return `| ${[event, ...cells].join(' | ')} |`;
  });
  console.log(
    [
      `Node ${process.versions.node}. Longest silence of a partition in seconds, in brackets with literals:`,
      `| ${['event', ...services.map(({ name }) => name)].join(' | ')} |`,
      `| --- | ${services.map(() => '--:').join(' | ')} |`,
      ...rows,
      ...services.map(
        ({ name, load, crashes }) =>
          `${name}: ${JSON.stringify({ ...load.report(), rejectedSends: load.rejectedSends.length, crashes: crashes.length })}`,
      ),
    ].join('\n'),
  );
}

beforeAll(async () => {
  const kafka = await startKafka({ brokers: 3, sessionLifetimeMs: SESSION_MS, proxies: true });
  try {
    await run(kafka);
    await each((service) => service.stop());
  } finally {
    printTable();
    await kafka.stop();
  }
}, 600_000);

describe.each(clients)('%s, after each event,', (name) => {
  const service = (): RecoveryService => {
    const found = services.find((each) => each.name === name);
    if (!found) throw new Error(`${name} was not started.`);
    return found;
  };

  it('has lost no message and kept the order within each key', () => {
    expect(service().load.report()).toMatchObject({ lost: 0, outOfOrder: 0 });
  });

  it('keeps each consumer running', () => {
    expect(service().crashes).toEqual([]);
  });

  it(`continues at most ${MAX_EXTRA_MS} ms later than with literals`, () => {
    const late = [...service().silences].filter(
      ([, [ours, literals]]) => ours > literals + MAX_EXTRA_MS,
    );
    expect(late).toEqual([]);
  });
});
