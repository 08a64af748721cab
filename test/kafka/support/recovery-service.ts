import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { QuixStreamingClient } from 'quix-streams-auth';
import { startPortalEmulator, type PortalEmulator } from 'quix-streams-auth/testing';
import type { KafkaCluster } from './kafka-cluster.ts';
import { Load } from './load.ts';
import { drivers, PARTITIONS, type LoadDriver } from './load-drivers.ts';
import { portalBroker } from './portal-broker.ts';
import { requestScramChange } from './scram-request.ts';
import { waitUntil } from './wait-until.ts';

const RATE = 300;
const MECHANISM = 'SCRAM-SHA-512';

export type ClientName = keyof typeof drivers;

/** A Kafka client under load, beside the same client with literals that never change. */
export class RecoveryService {
  readonly name: ClientName;
  readonly portal: PortalEmulator;
  readonly load = new Load(RATE);
  readonly baseline = new Load(RATE);
  /** Errors that ended a consumer of the adapter permanently. */
  readonly crashes: unknown[] = [];
  /** Longest silence of a partition in each event, in milliseconds: with the adapter, with literals. */
  readonly silences = new Map<string, readonly [ours: number, literals: number]>();
  readonly #kafka: KafkaCluster;
  readonly #quix: QuixStreamingClient;
  readonly #drivers: LoadDriver[] = [];
  #hasBaselineStopped = false;
  #login: { readonly username: string; readonly password: string };

  constructor(name: ClientName, kafka: KafkaCluster, portal: PortalEmulator) {
    this.name = name;
    this.portal = portal;
    this.#kafka = kafka;
    this.#login = newLogin(name);
    this.#quix = new QuixStreamingClient(() => portal.token1, {
      portalApi: portal.url,
      workspaceId: portal.workspaceId,
    });
  }

  static async start(name: ClientName, kafka: KafkaCluster): Promise<RecoveryService> {
    const service = new RecoveryService(name, kafka, await startPortalEmulator());
    await service.#start();
    return service;
  }

  async #start(): Promise<void> {
    const { portal, name } = this;
    const kafka = this.#kafka;
    const literals = newLogin(name);
    for (const { username, password } of [this.#login, literals]) {
      await kafka.setScramPassword(MECHANISM, password, username);
    }
    portal.setBroker(portalBroker(kafka, this.#login));
    const ca = kafka.ca + kafka.otherCa;
    const sources = [this.#quix, { brokers: kafka.bootstrap.saslSsl, ca, ...literals }];
    for (const [index, source] of sources.entries()) {
      const load = index === 0 ? this.load : this.baseline;
      const topic = `${portal.workspaceId}-${randomUUID()}`;
      await kafka.createTopic(topic, PARTITIONS);
      const driver = await drivers[name]({
        source,
        topic,
        groupId: `${portal.workspaceId}-${randomUUID()}`,
        onDelivery: load.onDelivery,
        onCrash: (error) => {
          if (index === 0) this.crashes.push(error);
        },
        onConsumeAgain: () => undefined,
      });
      this.#drivers.push(driver);
      load.start(driver);
    }
  }

  /** Changes the password in Kafka. The Portal returns it after the call of the returned function. */
  async changePassword(): Promise<() => void> {
    return await this.#changeLogin(this.#login.username);
  }

  /** Changes the user and deletes the old one. The Portal returns the new user at once. */
  async changeUser(): Promise<void> {
    const { username } = this.#login;
    (await this.#changeLogin(newLogin(this.name).username))();
    await this.#changeScram({ username, password: undefined });
  }

  async #changeLogin(username: string): Promise<() => void> {
    const login = { ...newLogin(this.name), username };
    this.#login = login;
    await this.#changeScram(login);
    return () => {
      this.portal.setBroker({ sasl: login });
    };
  }

  async #changeScram(change: { username: string; password: string | undefined }): Promise<void> {
    const brokers = this.#kafka.bootstrap.plaintext;
    // A broker may be down.
    await Promise.any(
      brokers.map((broker) => requestScramChange(broker, { mechanism: MECHANISM, ...change })),
    );
  }

  /** Waits until both consumers have received new messages of all partitions. */
  async waitForMessages(): Promise<void> {
    const start = performance.now();
    for (const load of [this.load, ...(this.#hasBaselineStopped ? [] : [this.baseline])]) {
      await waitUntil(() => Promise.resolve(load.partitionsSince(start) === PARTITIONS), {
        // With literals, kafkajs can stop permanently, because it lacks the adapter's workarounds.
        timeoutMs: load === this.load ? 60_000 : 15_000,
        what: `Consuming messages with ${this.name}${load === this.load ? '' : ' and literals'}`,
      }).catch((error: unknown) => {
        if (load === this.load) this.crashes.push(error);
        else {
          this.#hasBaselineStopped = true;
          console.warn(String(error));
        }
      });
    }
  }

  watchSilence(): void {
    this.load.watchSilence();
    this.baseline.watchSilence();
  }

  recordSilence(event: string): void {
    const loads = [this.load, this.baseline] as const;
    const [ours, literals] = loads.map((load) => load.takeLongestSilenceMs());
    this.silences.set(event, [ours ?? 0, literals ?? 0]);
    console.log(`${this.name}, ${event}: ${ours ?? 0} ms (${literals ?? 0} ms)`);
  }

  async stop(): Promise<void> {
    await Promise.all([
      this.load.stop(),
      ...(this.#hasBaselineStopped ? [] : [this.baseline.stop()]),
    ]);
    const stopped = Promise.allSettled(this.#drivers.map((driver) => driver.stop()));
    await Promise.race([stopped, delay(10_000)]);
    await this.#quix.close();
    await this.portal.close();
  }
}

function newLogin(name: string) {
  const user = `${name.replace(/\W+/g, '-')}-${randomBytes(4).toString('hex')}`;
  return { username: user, password: randomBytes(12).toString('hex') };
}
