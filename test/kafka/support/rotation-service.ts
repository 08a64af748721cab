import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { QuixStreamingClient } from 'quix-streams-auth';
import { startPortalEmulator, type PortalEmulator } from 'quix-streams-auth/testing';
import type { KafkaCluster } from './kafka-cluster.ts';
import { Load } from './load.ts';
import { drivers, PARTITIONS, type LoadDriver } from './load-drivers.ts';
import { portalBroker } from './portal-broker.ts';

/** One Kafka client under load, with its own user and Portal. */
export interface RotationService {
  readonly name: keyof typeof drivers;
  readonly portal: PortalEmulator;
  readonly quix: QuixStreamingClient;
  readonly load: Load;
  readonly driver: LoadDriver;
  readonly topic: string;
  /** Errors that ended a consumer permanently. */
  readonly crashes: unknown[];
  /** Errors that ended a stream. The consumer then opened another one. */
  readonly endedStreams: unknown[];
}

/** Starts a Kafka client under load. Calls `onMessage` for each message that it receives. */
export async function startRotationService(
  name: keyof typeof drivers,
  kafka: KafkaCluster,
  onMessage?: () => void,
): Promise<RotationService> {
  const username = `user-of-${name.replace(/\W+/g, '-')}`;
  const password = randomBytes(12).toString('hex');
  await kafka.setScramPassword('SCRAM-SHA-512', password, username);
  const portal = await startPortalEmulator();
  portal.setBroker(portalBroker(kafka, { username, password }));
  const topic = `${portal.workspaceId}-${randomUUID()}`;
  await kafka.createTopic(topic, PARTITIONS);
  const quix = new QuixStreamingClient(() => portal.token1, {
    portalApi: portal.url,
    workspaceId: portal.workspaceId,
  });
  const crashes: unknown[] = [];
  const endedStreams: unknown[] = [];
  const load = new Load();
  const driver = await drivers[name]({
    source: quix,
    topic,
    groupId: `${portal.workspaceId}-${randomUUID()}`,
    onDelivery: (delivery) => {
      load.onDelivery(delivery);
      onMessage?.();
    },
    onCrash: (error) => crashes.push(error),
    onConsumeAgain: (error) => endedStreams.push(error),
  });
  load.start(driver);
  return { name, portal, quix, load, driver, topic, crashes, endedStreams };
}

/** Returns the user name and the password that the Portal of a service returns. */
export function loginOf({ portal }: RotationService): { username: string; password: string } {
  const login = portal.workspaces.get(portal.workspaceId)?.broker.sasl;
  if (!login) throw new Error('The Portal has no login.');
  return login;
}

export function rotateTokens(services: readonly RotationService[]): void {
  for (const { portal } of services) portal.rotateTokens();
}

/** Changes the password of each service, in Kafka and in its Portal. */
export async function changePasswords(
  services: readonly RotationService[],
  kafka: KafkaCluster,
): Promise<void> {
  await Promise.all(
    services.map(async (service) => {
      const password = randomBytes(12).toString('hex');
      await kafka.setScramPassword('SCRAM-SHA-512', password, loginOf(service).username);
      service.portal.setBroker({ sasl: { password } });
    }),
  );
}

/** Makes the Portal of each service unreachable until `restorePortals()`. */
export function stopPortals(services: readonly RotationService[]): void {
  for (const { portal } of services) portal.faults.push({ transport: 'reset', times: Infinity });
}

export function restorePortals(services: readonly RotationService[]): void {
  for (const { portal } of services) portal.faults.length = 0;
}

/** Stops the Kafka client and the Portal of each service. */
export async function stopServices(services: readonly RotationService[]): Promise<void> {
  await Promise.all(
    services.map(async ({ driver, quix, portal }) => {
      await Promise.race([driver.stop(), delay(10_000)]);
      await quix.close();
      await portal.close();
    }),
  );
}
