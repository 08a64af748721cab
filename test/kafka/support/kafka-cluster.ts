import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import kafkajs, { type PartitionMetadata } from 'kafkajs';
import { createCertificateAuthority } from '../../support/certificates.ts';
import { startBrokerProxy, type BrokerProxy } from './broker-proxy.ts';
import { randomClusterId } from './cluster-id.ts';
import { findFreePorts } from './free-ports.ts';
import { withAdmin, type KafkaAccess } from './kafka-access.ts';
import { kafkaAdmin, type KafkaAdmin } from './kafka-admin.ts';
import { KafkaBroker } from './kafka-broker.ts';
import { findKafkaLibs } from './kafka-distribution.ts';
import { scramUsers, serverProperties, type BrokerPorts } from './server-properties.ts';
import { waitUntil } from './wait-until.ts';

// Node detects only some of the CommonJS exports of kafkajs.
const { ConfigResourceTypes } = kafkajs;

/** Ten times the usual time, because other processes may use the processor. */
const START_TIMEOUT_MS = 120_000;

export interface KafkaOptions {
  /** Number of brokers. Each one is also a controller. Default 1. */
  readonly brokers?: number;
  /**
   * `connections.max.reauth.ms`, after which a client must authenticate again. Default never.
   * kafkajs needs more than 11 000: in the last 10 s of a session it authenticates before each
   * request, and Kafka rejects a second authentication within a second (ILLEGAL_SASL_STATE).
   */
  readonly sessionLifetimeMs?: number;
  /** Whether clients reach each broker through a {@link BrokerProxy}. Default false. */
  readonly proxies?: boolean;
  /** Whether users need permissions from {@link KafkaAdmin.allowPrefix}. Default false. */
  readonly acls?: boolean;
}

/** A running Apache Kafka on loopback with TLS and SASL. Its secrets are new for each run. */
export interface KafkaCluster extends KafkaAccess, KafkaAdmin {
  /**
   * Restarts one broker with the same ports and data. Resolves when it responds and all partitions
   * are in sync, so that the next broker can be restarted.
   */
  readonly restartBroker: (index: number) => Promise<void>;
  /** Restarts all brokers, one after the other. */
  readonly rollingRestart: () => Promise<void>;
  /** Kills a broker without a warning. `restartBroker()` starts it again. */
  readonly killBroker: (index: number) => Promise<void>;
  /** Resolves when `accept` returns true for all partitions. The ids of brokers begin with 1. */
  readonly waitForLeaders: (accept: (partition: PartitionMetadata) => boolean) => Promise<void>;
  /** Gives all brokers certificates of {@link KafkaAccess.otherCa}. Open connections stay open. */
  readonly changeCertificates: () => Promise<void>;
  /** The proxies in front of the brokers, with the option `proxies`. */
  readonly proxies: readonly BrokerProxy[];
  /** Kills the brokers and removes their data. */
  readonly stop: () => Promise<void>;
}

/** Returns whether a broker responds, knows all others, and all replicas are in sync. */
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

/** Returns whether a broker presents a certificate that this CA has signed. */
async function hasCertificateOf(ca: string, port: number): Promise<boolean> {
  const socket = connect({ host: 'localhost', port, ca });
  try {
    await once(socket, 'secureConnect');
    return true;
  } finally {
    socket.destroy();
  }
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

/** Makes Kafka create its internal topic, which the first consumer of a cluster waits for. */
async function waitForGroups(brokers: string[]): Promise<void> {
  await waitUntil(
    () =>
      withAdmin({ brokers }, async (admin) => {
        await admin.listGroups(); // describeGroups needs the list of brokers that this loads
        await admin.describeGroups(['none']);
        return true;
      }),
    { timeoutMs: START_TIMEOUT_MS, what: "Creating Kafka's topic for consumer groups" },
  );
}

/** Starts Apache Kafka (KRaft). It ends with {@link KafkaCluster.stop} or with this process. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  const { brokers: count = 1, sessionLifetimeMs, acls, proxies: usesProxies = false } = options;
  const libs = findKafkaLibs();
  const user = { username: 'quix', password: randomBytes(16).toString('hex') };
  const authority = await createCertificateAuthority('Kafka test CA');
  const other = await createCertificateAuthority('Another CA');
  const identity = await authority.issue(['localhost']);
  const otherIdentity = await other.issue(['localhost']);
  const numbers = await findFreePorts(4 * count);
  const ports = Array.from({ length: count }, (_, index): BrokerPorts => {
    const [saslSsl = 0, plaintext = 0, controller = 0, proxy = 0] = numbers.slice(4 * index);
    return { saslSsl, plaintext, controller, proxy: usesProxies ? proxy : undefined };
  });
  const access: KafkaAccess = {
    bootstrap: {
      saslSsl: ports.map(({ saslSsl, proxy }) => `localhost:${proxy ?? saslSsl}`),
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
      'other-keystore.pem': otherIdentity.key + otherIdentity.certificate,
      'server.properties': serverProperties(settings),
    };
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(home, name), text, { mode: 0o600 });
    }
    return new KafkaBroker({ libs, home, clusterFolder });
  });
  const proxies: BrokerProxy[] = [];
  const stop = async (): Promise<void> => {
    for (const proxy of proxies) proxy.close();
    await Promise.all(brokers.map((broker) => broker.kill()));
    rmSync(clusterFolder, { recursive: true, force: true });
  };

  try {
    for (const { saslSsl, proxy } of ports) {
      if (proxy !== undefined) proxies.push(await startBrokerProxy(proxy, saslSsl));
    }
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
    if (!broker) throw new Error(`The cluster has no broker ${index}.`);
    await broker.stop();
    broker.start();
    await waitForBrokers(brokers, access.bootstrap.plaintext);
    await proxies[index]?.listen();
  };
  return {
    ...access,
    ...kafkaAdmin(access),
    restartBroker,
    proxies,
    async killBroker(index) {
      await brokers[index]?.crash();
      proxies[index]?.close();
    },
    async waitForLeaders(accept) {
      // kafkajs first connects to the first broker, which may have been killed.
      const running = access.bootstrap.plaintext.filter((_, index) => !brokers[index]?.hasEnded);
      const isDone = (): Promise<boolean> =>
        withAdmin({ brokers: running }, async (admin) => {
          const { topics } = await admin.fetchTopicMetadata();
          return topics.every(({ partitions }) => partitions.every(accept));
        });
      await waitUntil(isDone, { timeoutMs: START_TIMEOUT_MS, what: 'Choosing leaders' });
    },
    async changeCertificates() {
      await withAdmin({ brokers: access.bootstrap.plaintext }, (admin) =>
        admin.alterConfigs({
          validateOnly: false,
          resources: ports.map((_, index) => ({
            type: ConfigResourceTypes.BROKER,
            name: String(index + 1),
            configEntries: [
              {
                name: 'listener.name.sasl_ssl.ssl.keystore.location',
                value: join(clusterFolder, `broker-${index + 1}`, 'other-keystore.pem'),
              },
            ],
          })),
        }),
      );
      // Kafka answers before the brokers use the new certificates.
      await Promise.all(
        ports.map(({ saslSsl }, index) =>
          waitUntil(() => hasCertificateOf(other.certificate, saslSsl), {
            timeoutMs: START_TIMEOUT_MS,
            what: `Changing the certificate of broker ${index + 1}`,
          }),
        ),
      );
    },
    async rollingRestart() {
      for (const index of brokers.keys()) await restartBroker(index);
    },
    stop,
  };
}
