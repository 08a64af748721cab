import { setTimeout as delay } from 'node:timers/promises';
import { clientVersions } from '../../test/kafka/support/client-versions.ts';
import { startKafka } from '../../test/kafka/support/kafka-cluster.ts';
import { RATE, SESSION_MS } from '../../test/kafka/support/load.ts';
import { drivers } from '../../test/kafka/support/load-drivers.ts';
import {
  changePasswords,
  restorePortals,
  rotateTokens,
  startRotationService,
  stopPortals,
  stopServices,
  type RotationService,
} from '../../test/kafka/support/rotation-service.ts';
import { describeMeasurement, writeData } from './data.ts';
import type { LoadEvent, RotationData } from './rotation.ts';

const BIN_MS = 100;
/** Time before the first event, and after an event that ends by itself. */
const QUIET_MS = 4_000;
const OUTAGE_MS = SESSION_MS + QUIET_MS;
const BROKERS = 3;

/** Runs the load with all Kafka clients and writes rotation.json. */
export async function recordRotation(): Promise<void> {
  const kafka = await startKafka({ brokers: BROKERS, sessionLifetimeMs: SESSION_MS });
  const services: RotationService[] = [];
  try {
    /** Times at which each client received a message, in the order of `services`. */
    const arrivals: number[][] = [];
    for (const name of Object.keys(drivers) as (keyof typeof drivers)[]) {
      const times: number[] = [];
      arrivals.push(times);
      services.push(await startRotationService(name, kafka, () => times.push(performance.now())));
    }
    // Until all clients have joined their groups.
    await delay(2 * SESSION_MS);
    if (arrivals.some((times) => times.length === 0)) throw new Error('A client got no message.');

    const startedAt = performance.now();
    const sentBefore = services.map(({ load }) => load.sent);
    const events: LoadEvent[] = [];
    const sinceStart = (): number => Math.round(performance.now() - startedAt);
    const during = async (name: string, action: () => Promise<void>): Promise<void> => {
      const atMs = sinceStart();
      await action();
      events.push({ name, atMs, untilMs: sinceStart() });
      await delay(QUIET_MS);
    };
    await delay(QUIET_MS);
    events.push({ name: 'token rotation', atMs: sinceStart() });
    rotateTokens(services);
    await delay(3 * QUIET_MS);
    events.push({ name: 'password change', atMs: sinceStart() });
    await changePasswords(services, kafka);
    await delay(SESSION_MS + QUIET_MS);
    await during('broker restart', () => kafka.restartBroker(1));
    await during('Portal outage', async () => {
      stopPortals(services);
      await delay(OUTAGE_MS);
      restorePortals(services);
    });
    const bins = Math.floor(sinceStart() / BIN_MS);
    const sentAfter = services.map(({ load }) => load.sent);

    await Promise.all(services.map(({ load }) => load.stop()));
    for (const { name, crashes } of services) {
      if (crashes.length > 0) throw new Error(`A consumer of ${name} ended.`);
    }
    const versions = clientVersions();
    const data: RotationData = {
      measured: `${describeMeasurement()} Apache Kafka with ${BROKERS} brokers, TLS, SCRAM-SHA-512, and sessions of ${SESSION_MS / 1_000} s. All clients ran at the same time.`,
      binMs: BIN_MS,
      rate: RATE,
      events,
      clients: services.map(({ name, load }, index) => {
        const received = Array.from({ length: bins }, () => 0);
        for (const time of arrivals[index] ?? []) {
          const bin = Math.floor((time - startedAt) / BIN_MS);
          if (bin in received) received[bin] = (received[bin] ?? 0) + 1;
        }
        const { lost, duplicates, outOfOrder, redelivered } = load.report();
        const sent = (sentAfter[index] ?? 0) - (sentBefore[index] ?? 0);
        return {
          name: `${name} ${versions[name]}`,
          sent,
          lost,
          duplicates,
          outOfOrder,
          redelivered,
          received,
        };
      }),
    };
    await writeData('rotation', data);
  } finally {
    await stopServices(services);
    await kafka.stop();
  }
}
