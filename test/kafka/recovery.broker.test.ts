import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { clientVersions } from './support/client-versions.ts';
import { startKafka, type KafkaCluster } from './support/kafka-cluster.ts';
import { drivers, SESSION_TIMEOUT_MS } from './support/load-drivers.ts';
import { SESSION_MS } from './support/load.ts';
import { recoveryEvents } from './support/recovery-events.ts';
import { RecoveryService, type ClientName, type Silence } from './support/recovery-service.ts';
import { addEarlierRuns, formatSeconds, recoveryTable } from './support/recovery-table.ts';

/** Limit for the whole suite, on two cores. */
const SUITE_TIMEOUT_MS = 8 * 60_000;
/** The clients are watched until each partition had messages in this many periods in a row. */
const STEADY_PERIODS = 3;
const PERIOD_MS = 2_000;
/** A client that is silent for longer has ended. */
const MAX_WATCH_MS = 60_000;
/** Limit for the silence beyond that of the same client with literals. */
const MAX_EXTRA_MS = 3_000;
/**
 * Silence in event c besides MAX_EXTRA_MS. The Retry-After of the Portal's last 503 already takes 3 s.
 * The login follows, and in one of the runs, kafkajs joined its group again (4.1 s).
 */
const LOGIN_AFTER_RETRY_MS = 2_000;

const versions = clientVersions();
/**
 * Time that a client needs by itself, by the letter of the event, if the same client with literals does
 * not need it in each run. In event a, these are the longest silences of six runs with literals.
 */
const OWN_NEED_MS: Record<ClientName, Readonly<Record<string, number>>> = {
  kafkajs: {
    // 1.3 to 12.1 s. The group may wait SESSION_TIMEOUT_MS for a consumer that lost its connection.
    a: 12_000,
    c: LOGIN_AFTER_RETRY_MS,
  },
  // 13.5 to 15.8 s with version 1. Version 2 needs 1.4 s.
  '@platformatic/kafka': {
    a: versions['@platformatic/kafka'].startsWith('1.') ? 16_000 : 0,
    c: LOGIN_AFTER_RETRY_MS,
  },
  '@confluentinc/kafka-javascript': {
    // 2.1 to 11.3 s, as with kafkajs.
    a: 12_000,
    c: LOGIN_AFTER_RETRY_MS,
    // The adapter replaces the consumer. The group waits until Kafka removes the old one.
    f: SESSION_TIMEOUT_MS,
  },
};

/** Runs only the events with these letters. */
const selected = process.env['EVENTS'] ?? 'abcdefg';
const clients = Object.keys(drivers) as ClientName[];
const services: RecoveryService[] = [];

/** Waits until all clients receive messages steadily. Returns the start of the last period. */
async function waitUntilSteady(periods: number, minimumMs = 0): Promise<number> {
  const start = performance.now();
  for (let steady = 0; ;) {
    const since = performance.now();
    await delay(PERIOD_MS);
    const areSteady = services.map((service) => service.isSteadySince(since));
    steady = areSteady.includes(false) ? 0 : steady + 1;
    const elapsed = performance.now() - start;
    if (elapsed > MAX_WATCH_MS || (steady >= periods && elapsed >= minimumMs)) return since;
  }
}

async function run(kafka: KafkaCluster): Promise<void> {
  services.push(...(await Promise.all(clients.map((name) => RecoveryService.start(name, kafka)))));
  for (const { name, happen, watchMs, repair } of recoveryEvents(kafka, services)) {
    if (!selected.includes(name.charAt(0))) continue;
    await waitUntilSteady(1);
    await happen();
    for (const service of services) service.watch();
    const steadySince = await waitUntilSteady(STEADY_PERIODS, watchMs);
    for (const service of services) {
      const history = await service.record(name, steadySince);
      const silence = service.silences.get(name);
      if (!silence) continue;
      const { ours, literals, hasJoinedAgain } = silence;
      const isLong = hasJoinedAgain || ours > limitFor(service.name, name, silence);
      const summary = `${service.name}, ${name}: ${formatSeconds([ours])} (${formatSeconds([literals])})`;
      console.log([summary, ...(isLong ? history : [])].join('\n  '));
    }
    await repair?.();
  }
}

/** Returns the limit for a silence, in milliseconds. */
function limitFor(client: ClientName, event: string, silence: Silence): number {
  const { literals = 0, hasJoinedAgain } = silence;
  // The group waits until Kafka removes the old member.
  const rejoin = hasJoinedAgain ? SESSION_TIMEOUT_MS : 0;
  const own = OWN_NEED_MS[client][event.charAt(0)] ?? 0;
  return Math.max(literals, own, rejoin) + MAX_EXTRA_MS;
}

function printResults(): void {
  const measurements = services.flatMap(({ name, silences }) =>
    [...silences].map(([event, silence]) => {
      const client = `${name} ${versions[name].split('.', 2).join('.')}`;
      return { event, client, ...silence };
    }),
  );
  const file = process.env['RECOVERY_RESULTS'];
  console.log(
    [
      `Node ${process.versions.node}. Longest silence of a partition in seconds, in brackets with literals:`,
      recoveryTable(file === undefined ? measurements : addEarlierRuns(measurements, file)),
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
    await Promise.all(services.map((service) => service.stop()));
  } finally {
    printResults();
    await kafka.stop();
  }
}, SUITE_TIMEOUT_MS);

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

  it(`continues at most ${MAX_EXTRA_MS} ms later than the client needs with literals`, () => {
    const late = [...service().silences].filter(
      ([event, silence]) => silence.ours > limitFor(name, event, silence),
    );
    expect(late).toEqual([]);
  });
});
