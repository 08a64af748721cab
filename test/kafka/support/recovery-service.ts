import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { QuixStreamingClient } from 'quix-streams-auth';
import { startPortalEmulator, type PortalEmulator } from 'quix-streams-auth/testing';
import type { KafkaCluster } from './kafka-cluster.ts';
import { Load } from './load.ts';
import { drivers, PARTITIONS, type LoadDriver } from './load-drivers.ts';
import type { Literals, LoadSource } from './load-sources.ts';
import { portalBroker } from './portal-broker.ts';
import { requestScramChange } from './scram-request.ts';

const RATE = 300;
const MECHANISM = 'SCRAM-SHA-512';
const LOAD_STOP_TIMEOUT_MS = 45_000;
const DRIVER_STOP_TIMEOUT_MS = 5_000;

export type ClientName = keyof typeof drivers;

/** Longest silence of a partition after an event, in milliseconds. */
export interface Silence {
  /** With the adapter. */
  readonly ours: number;
  /** The same client with literals. `undefined` if it did not continue. */
  readonly literals: number | undefined;
  /** Whether kafkajs lost all its brokers, so that its consumer joined the group as a new member. */
  readonly hasJoinedAgain: boolean;
}

/** kafkajs logs this after its connections to all brokers were closed at once, also with literals. */
const ALL_BROKERS_LOST = 'Crash: KafkaJSNoBrokerAvailableError';

/** A Kafka client under load, beside the same client with literals that never change. */
export class RecoveryService {
  readonly name: ClientName;
  readonly portal: PortalEmulator;
  readonly load = new Load(RATE, (error) => {
    this.#note(`A send was rejected: ${error}`);
  });
  /** Errors that ended a consumer of the adapter permanently. */
  readonly crashes: unknown[] = [];
  readonly silences = new Map<string, Silence>();
  readonly #kafka: KafkaCluster;
  readonly #quix: QuixStreamingClient;
  readonly #literals: Literals;
  readonly #drivers: LoadDriver[] = [];
  #baseline = new Load(RATE);
  #login: { readonly username: string; readonly password: string };
  #hasEnded = false;
  #watchedFrom = 0;
  #history: { readonly at: number; readonly text: string }[] = [];

  constructor(name: ClientName, kafka: KafkaCluster, portal: PortalEmulator) {
    this.name = name;
    this.portal = portal;
    this.#kafka = kafka;
    this.#login = newLogin(name);
    const ca = kafka.ca + kafka.otherCa;
    this.#literals = { brokers: kafka.bootstrap.saslSsl, ca, ...newLogin(name) };
    this.#quix = new QuixStreamingClient(() => portal.token1, {
      portalApi: portal.url,
      workspaceId: portal.workspaceId,
    });
    this.#quix.on('credentials', ({ generation }) => {
      this.#note(`credentials ${generation}`);
    });
    this.#quix.on('refreshFailed', ({ message }) => {
      this.#note(message);
    });
    this.#quix.on('warning', ({ message }) => {
      this.#note(message);
    });
  }

  static async start(name: ClientName, kafka: KafkaCluster): Promise<RecoveryService> {
    const service = new RecoveryService(name, kafka, await startPortalEmulator());
    await service.#start();
    return service;
  }

  async #start(): Promise<void> {
    for (const { username, password } of [this.#login, this.#literals]) {
      await this.#kafka.setScramPassword(MECHANISM, password, username);
    }
    this.portal.setBroker(portalBroker(this.#kafka, this.#login));
    await this.#startLoad(this.load, this.#quix);
    await this.#startLoad(this.#baseline, this.#literals);
  }

  async #startLoad(load: Load, source: LoadSource): Promise<void> {
    const isOurs = source === this.#quix;
    const prefix = this.portal.workspaceId;
    const topic = `${prefix}-${randomUUID()}`;
    await this.#kafka.createTopic(topic, PARTITIONS);
    const note = (text: string): void => {
      if (isOurs) this.#note(text);
    };
    const driver = await drivers[this.name]({
      source,
      topic,
      groupId: `${prefix}-${randomUUID()}`,
      onDelivery: load.onDelivery,
      onCrash: (error) => {
        note(`The consumer ended: ${String(error)}`);
        if (isOurs) this.crashes.push(error);
      },
      onConsumeAgain: (error) => {
        note(`The stream ended: ${String(error)}`);
      },
      onLog: note,
    });
    this.#drivers.push(driver);
    load.start(driver);
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

  /** Starts to measure the silences of both clients. */
  watch(): void {
    this.#watchedFrom = performance.now();
    this.load.watchSilence();
    this.#baseline.watchSilence();
  }

  /** Returns whether both clients have received messages of all partitions since `time`. */
  isSteadySince(time: number): boolean {
    const partitions = this.load.partitionsSince(time);
    const { sent, delivered } = this.load;
    this.#note(
      `Partitions [${partitions.join()}] had messages: ${sent} sent, ${delivered} consumed`,
    );
    const isSteady = this.#hasEnded || partitions.length === PARTITIONS;
    return isSteady && this.#baseline.partitionsSince(time).length === PARTITIONS;
  }

  /**
   * Records the silences since `watch()`. Returns what happened to the adapter, for the reader of a
   * failed test. Literals that did not continue are started again, so that the next event has a
   * baseline.
   *
   * @param steadySince - Clients without messages of all partitions since then have ended.
   */
  async record(event: string, steadySince: number): Promise<string[]> {
    const ours = this.load.takeLongestSilenceMs();
    const hasBaseline = this.#baseline.partitionsSince(steadySince).length === PARTITIONS;
    const literals = hasBaseline ? this.#baseline.takeLongestSilenceMs() : undefined;
    const hasJoinedAgain = this.#history.some(({ text }) => text.startsWith(ALL_BROKERS_LOST));
    this.silences.set(event, { ours, literals, hasJoinedAgain });
    if (!this.#hasEnded && this.load.partitionsSince(steadySince).length < PARTITIONS) {
      this.#hasEnded = true;
      const { delivered, sent } = this.load;
      this.crashes.push(`${event}: no messages (${sent} sent, ${delivered} consumed).`);
    }
    if (!hasBaseline) {
      void this.#baseline.stop().catch(() => undefined);
      this.#baseline = new Load(RATE);
      await this.#startLoad(this.#baseline, this.#literals);
    }
    const history = this.#history.map(
      ({ at, text }) => `${((at - this.#watchedFrom) / 1_000).toFixed(1)} s: ${text}`,
    );
    this.#history = [];
    return history;
  }

  async stop(): Promise<void> {
    const stopLoads = Promise.all([this.load.stop(), this.#baseline.stop()]);
    const stopDrivers = async (): Promise<void> => {
      await Promise.allSettled(this.#drivers.map((driver) => driver.stop()));
    };
    // A Kafka client may never settle a call.
    await Promise.race([stopLoads, delay(LOAD_STOP_TIMEOUT_MS)]);
    await Promise.race([stopDrivers(), delay(DRIVER_STOP_TIMEOUT_MS)]);
    await this.#quix.close();
    await this.portal.close();
  }

  #note(text: string): void {
    if (this.#history.at(-1)?.text === text) return;
    this.#history.push({ at: performance.now(), text });
  }
}

function newLogin(name: string) {
  const user = `${name.replace(/\W+/g, '-')}-${randomBytes(4).toString('hex')}`;
  return { username: user, password: randomBytes(12).toString('hex') };
}
