import { setTimeout as delay } from 'node:timers/promises';
import type { PortalFault } from 'quix-streams-auth/testing';
import type { KafkaCluster } from './kafka-cluster.ts';
import { SESSION_MS } from './load.ts';
import type { RecoveryService } from './recovery-service.ts';

/** Delay of a broker that was cut off, in each direction. */
const SLOW_MS = 20;
/** Until all brokers know a new password. */
const SPREAD_MS = 200;

export interface RecoveryEvent {
  readonly name: string;
  /**
   * Resolves when the Portal could return valid credentials again, and Kafka has a reachable leader
   * for each partition.
   */
  readonly happen: () => Promise<unknown>;
  /** Shortest time to watch the clients afterwards. Default 0. */
  readonly watchMs?: number;
  /** Repairs Kafka after the measurement. */
  readonly repair?: () => Promise<unknown>;
}

/** Returns the events in the order in which they must happen. */
export function recoveryEvents(
  kafka: KafkaCluster,
  services: readonly RecoveryService[],
): readonly RecoveryEvent[] {
  /** Adds a fault to all Portals. Returns a function that removes all faults. */
  const failPortals = (fault: PortalFault): (() => void) => {
    for (const { portal } of services) portal.faults.push({ ...fault, times: Infinity });
    return () => {
      for (const { portal } of services) portal.faults.length = 0;
    };
  };
  const cutAll = (): void => {
    for (const proxy of kafka.proxies) proxy.cut();
  };
  /**
   * Changes all passwords in Kafka. The Portals return them after the call of the returned
   * function.
   */
  const changePasswords = async (): Promise<() => void> => {
    const updates = await Promise.all(services.map((service) => service.changePassword()));
    return () => {
      for (const update of updates) update();
    };
  };
  /** Also closes all connections, so that the clients log in with refused passwords. */
  const refusePasswords = async (): Promise<() => void> => {
    const updatePortals = await changePasswords();
    await delay(SPREAD_MS);
    cutAll();
    return updatePortals;
  };

  return [
    {
      name: 'a. broker killed, password and tokens changed meanwhile',
      async happen() {
        await kafka.killBroker(0);
        const updatePortals = await refusePasswords();
        updatePortals();
        for (const { portal } of services) portal.rotateTokens();
        await kafka.waitForLeaders(({ leader }) => leader > 1);
      },
      async repair() {
        await kafka.restartBroker(0);
        // With a broker that leads no partition, kafkajs needs up to 5 s more in each later event. It
        // sleeps instead of fetching from that broker (`src/consumer/consumerGroup.js`), and
        // continues after an error only when all fetches have ended.
        await kafka.waitForLeaders(({ leader, replicas }) => leader === replicas[0]);
      },
    },
    {
      name: 'b. password changed twice within 2 s, Portal 1 s late',
      async happen() {
        const updateFirst = await refusePasswords();
        setTimeout(updateFirst, 1_000);
        await delay(1_300);
        const updateSecond = await refusePasswords();
        await delay(1_000);
        updateSecond();
      },
    },
    {
      name: 'c. Portal answers 503 with Retry-After 3 for 10 s',
      async happen() {
        const restore = failPortals({ status: 503, headers: { 'retry-after': '3' } });
        const updatePortals = await refusePasswords();
        updatePortals();
        await delay(10_000);
        restore();
      },
    },
    {
      name: 'd. Portal does not answer for 20 s',
      async happen() {
        const restore = failPortals({ transport: 'hang' });
        const updatePortals = await refusePasswords();
        updatePortals();
        await delay(20_000);
        restore();
      },
    },
    {
      name: 'e. broker cut off for 15 s, password changed meanwhile',
      async happen() {
        kafka.proxies[1]?.freeze();
        const updatePortals = await changePasswords();
        updatePortals();
        await delay(15_000);
        kafka.proxies[1]?.delay(SLOW_MS);
        kafka.proxies[1]?.thaw();
      },
      repair: async () => {
        await Promise.resolve(kafka.proxies[1]?.delay(0));
      },
    },
    {
      name: 'f. CA of the brokers changed',
      async happen() {
        await kafka.changeCertificates();
        for (const { portal } of services) portal.setBroker({ ca: kafka.otherCa });
        cutAll();
      },
    },
    {
      // Last, because Kafka 4.1.0 may lose all users if a broker restarts after a deletion.
      name: 'g. user name and password changed, old user deleted',
      happen: () => Promise.all(services.map((service) => service.changeUser())),
      // Open connections use the deleted user until their sessions end.
      watchMs: SESSION_MS,
    },
  ];
}
