import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority } from '../../support/certificates.ts';
import { randomClusterId } from './cluster-id.ts';
import { findFreePorts } from './free-ports.ts';
import { withAdmin, type KafkaAccess } from './kafka-access.ts';
import { kafkaAdmin, type KafkaAdmin } from './kafka-admin.ts';
import { KafkaBroker } from './kafka-broker.ts';
import { findKafkaLibs } from './kafka-distribution.ts';
import { scramUsers, serverProperties, type BrokerPorts } from './server-properties.ts';
import { waitUntil } from './wait-until.ts';

/** Ten times what it takes: starting is work for the processor, which others may be using. */
const START_TIMEOUT_MS = 120_000;

export interface KafkaOptions {
  /** Broker processes, each also a controller. Default 1. */
  readonly brokers?: number;
  /**
   * `connections.max.reauth.ms`: after this long a client has to authenticate again. Default never.
   * More than 11 000 for kafkajs: in the last 10 s of a session it authenticates before each request,
   * and Kafka refuses to do that twice within a second (ILLEGAL_SASL_STATE).
   */
  readonly sessionLifetimeMs?: number;
  /** Whether users may do only what {@link KafkaAdmin.allowPrefix} admits them to. Default false. */
  readonly acls?: boolean;
}

/** A running Apache Kafka on loopback, with TLS and SASL, whose secrets were made for this run. */
export interface KafkaCluster extends KafkaAccess, KafkaAdmin {
  /**
   * Stops one broker gracefully, starts it again on the same ports and data, and waits until it
   * serves and every partition is in sync again: the next one may follow.
   */
  readonly restartBroker: (index: number) => Promise<void>;
  /** Restarts all of them, one after the other. */
  readonly rollingRestart: () => Promise<void>;
  /** Ends the brokers at once and removes their data. */
  readonly stop: () => Promise<void>;
}

/** Whether a broker answers, knows all the others, and no replica of any partition lags behind. */
function isInSync(broker: string, count: number): Promise<boolean> {
  return withAdmin({ brokers: [broker] }, async (admin) => {
    const { brokers } = await admin.describeCluster();
    if (brokers.length !== count) return false;
    const { topics } = await admin.fetchTopicMetadata();
    return topics
      .flatMap(({ partitions }) => partitions)
      .every(({ leader, replicas, isr }) => leader > 0 && isr.length === replicas.length);
  });
}

async function waitForBrokers(
  brokers: readonly KafkaBroker[],
  addresses: readonly string[],
): Promise<void> {
  const reasonToStop = (): string | undefined => {
    const ended = brokers.find(({ hasEnded }) => hasEnded);
    return ended && `Kafka ended while it was starting:\n${ended.logTail}`;
  };
  await Promise.all(
    addresses.map((address, index) =>
      waitUntil(() => isInSync(address, brokers.length), {
        timeoutMs: START_TIMEOUT_MS,
        what: `Starting Kafka's broker ${index + 1}`,
        reasonToStop,
        details: () => `Its log ends with:\n${brokers[index]?.logTail ?? ''}`,
      }),
    ),
  );
}

/** The first consumer of a cluster makes Kafka create its internal topic: let that be us, not a test. */
async function waitForGroups(brokers: string[]): Promise<void> {
  await waitUntil(
    () =>
      withAdmin({ brokers }, async (admin) => {
        await admin.listGroups(); // which loads what describeGroups does without: the list of brokers
        await admin.describeGroups(['none']);
        return true;
      }),
    { timeoutMs: START_TIMEOUT_MS, what: "Creating Kafka's topic for consumer groups" },
  );
}

/** Starts Apache Kafka (KRaft) for tests; {@link KafkaCluster.stop} ends it, as does the end of this process. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  const { brokers: count = 1, sessionLifetimeMs, acls } = options;
  const libs = findKafkaLibs();
  const user = { username: 'quix', password: randomBytes(16).toString('hex') };
  const authority = await createCertificateAuthority('Kafka test CA');
  const other = await createCertificateAuthority('Another CA');
  const identity = await authority.issue(['localhost']);
  const numbers = await findFreePorts(3 * count);
  const ports = Array.from({ length: count }, (_, index): BrokerPorts => {
    const [saslSsl = 0, plaintext = 0, controller = 0] = numbers.slice(3 * index);
    return { saslSsl, plaintext, controller };
  });
  const access: KafkaAccess = {
    bootstrap: {
      saslSsl: ports.map(({ saslSsl }) => `localhost:${saslSsl}`),
      plaintext: ports.map(({ plaintext }) => `127.0.0.1:${plaintext}`),
    },
    ca: authority.certificate,
    otherCa: other.certificate,
    user,
  };

  const clusterFolder = mkdtempSync(join(tmpdir(), 'quix-kafka-'));
  const brokers = ports.map((_, index) => {
    const home = join(clusterFolder, `broker-${index + 1}`);
    mkdirSync(home);
    const settings = { index, ports, folder: home, user, sessionLifetimeMs, acls };
    const files = {
      'keystore.pem': identity.key + identity.certificate,
      'server.properties': serverProperties(settings),
    };
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(home, name), text, { mode: 0o600 });
    }
    return new KafkaBroker({ libs, home, clusterFolder });
  });
  const stop = async (): Promise<void> => {
    await Promise.all(brokers.map((broker) => broker.kill()));
    rmSync(clusterFolder, { recursive: true, force: true });
  };

  try {
    const clusterId = randomClusterId();
    await Promise.all(brokers.map((broker) => broker.format(clusterId, scramUsers(user))));
    for (const broker of brokers) broker.start();
    await waitForBrokers(brokers, access.bootstrap.plaintext);
    await waitForGroups(access.bootstrap.plaintext);
  } catch (error) {
    await stop();
    throw error;
  }

  const restartBroker = async (index: number): Promise<void> => {
    const broker = brokers[index];
    if (!broker) throw new Error(`There is no broker ${index}.`);
    await broker.stop();
    broker.start();
    await waitForBrokers(brokers, access.bootstrap.plaintext);
  };
  return {
    ...access,
    ...kafkaAdmin(access),
    restartBroker,
    async rollingRestart() {
      for (const index of brokers.keys()) await restartBroker(index);
    },
    stop,
  };
}
