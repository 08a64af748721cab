import { setTimeout as delay } from 'node:timers/promises';
import { clientVersions } from '../../test/kafka/support/client-versions.ts';
import { startKafka } from '../../test/kafka/support/kafka-cluster.ts';
import { RATE } from '../../test/kafka/support/load.ts';
import { drivers } from '../../test/kafka/support/load-drivers.ts';
import {
  changePasswords,
  restorePortals,
  startRotationService,
  stopPortals,
  stopServices,
  type RotationService,
} from '../../test/kafka/support/rotation-service.ts';
import { describeMeasurement, writeData } from './data.ts';
import type { Moment, RotationData } from './rotation.ts';

const BIN_MS = 100;
/** `connections.max.reauth.ms`: within this time, each connection logs in again or ends. */
const SESSION_MS = 15_000;
/** Time before the first event, and after an event that ends by itself. */
const QUIET_MS = 4_000;
const OUTAGE_MS = SESSION_MS + QUIET_MS;
const BROKERS = 3;

/** Runs the load with all Kafka clients and writes rotation.json. */
export async function recordRotation(): Promise<void> {
  const kafka = await startKafka({ brokers: BROKERS, sessionLifetimeMs: SESSION_MS });
  const services: RotationService[] = [];
  try {
    const arrivals = new Map<string, number[]>();
    for (const name of Object.keys(drivers) as (keyof typeof drivers)[]) {
      const times: number[] = [];
      arrivals.set(name, times);
      const service = await startRotationService(name, kafka, () => times.push(performance.now()));
      services.push(service);
    }
    while (services.some(({ load }) => load.delivered === 0)) await delay(BIN_MS);
    // The clients have their first messages, but some may still be joining their group.
    await delay(SESSION_MS);

    const startedAt = performance.now();
    const moments: Moment[] = [];
    const sinceStart = (): number => Math.round(performance.now() - startedAt);
    const during = async (name: string, action: () => Promise<void>): Promise<void> => {
      const atMs = sinceStart();
      await action();
      moments.push({ name, atMs, untilMs: sinceStart() });
      await delay(QUIET_MS);
    };
    await delay(QUIET_MS);
    moments.push({ name: 'token rotation', atMs: sinceStart() });
    for (const { portal } of services) portal.rotateTokens();
    await delay(3 * QUIET_MS);
    moments.push({ name: 'password change', atMs: sinceStart() });
    await changePasswords(services, kafka);
    await delay(SESSION_MS + QUIET_MS);
    await during('broker restart', () => kafka.restartBroker(1));
    await during('Portal outage', async () => {
      stopPortals(services);
      await delay(OUTAGE_MS);
      restorePortals(services);
    });
    const bins = Math.floor(sinceStart() / BIN_MS);

    await Promise.all(services.map(({ load }) => load.stop()));
    const versions = clientVersions();
    const data: RotationData = {
      measured: `${describeMeasurement()} Apache Kafka with ${BROKERS} brokers, TLS, SCRAM-SHA-512, and sessions of ${SESSION_MS / 1_000} s. All clients ran at the same time.`,
      binMs: BIN_MS,
      rate: RATE,
      moments,
      clients: services.map(({ name, load, crashes }) => {
        const received = Array.from({ length: bins }, () => 0);
        for (const time of arrivals.get(name) ?? []) {
          const bin = Math.floor((time - startedAt) / BIN_MS);
          if (bin in received) received[bin] = (received[bin] ?? 0) + 1;
        }
        if (crashes.length > 0) throw new Error(`A consumer of ${name} ended.`);
        const { sent, lost, duplicates, outOfOrder, ratePerSecond } = load.report();
        const version = versions[name as keyof typeof versions];
        return {
          name: `${name} ${version}`,
          ...{ sent, lost, duplicates, outOfOrder, ratePerSecond, received },
        };
      }),
    };
    await writeData('rotation', data);
  } finally {
    await stopServices(services);
    await kafka.stop();
  }
}
