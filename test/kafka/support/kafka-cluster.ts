import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { createCertificateAuthority } from '../../support/certificates.ts';
import { javaArgs, KafkaBroker } from './kafka-broker.ts';
import { findKafkaLibs } from './kafka-distribution.ts';
import {
  scramUsers,
  serverProperties,
  type BrokerPorts,
  type KafkaUser,
} from './server-properties.ts';

const START_TIMEOUT_MS = 90_000;

type ScramMechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-512';

export interface KafkaOptions {
  /** Broker processes, each also a controller. Default 1. */
  readonly brokers?: number;
  /** `connections.max.reauth.ms`: after this long a client has to authenticate again. Default never. */
  readonly sessionLifetimeMs?: number;
}

/** A running Apache Kafka on loopback, with TLS and SASL, whose secrets were made for this run. */
export interface KafkaCluster {
  /** `host:port` of each broker. The certificates are for localhost, not for its addresses. */
  readonly bootstrap: { readonly saslSsl: string[]; readonly plaintext: string[] };
  /** PEM of the authority that signed the brokers' certificates, and of one that did not. */
  readonly ca: string;
  readonly otherCa: string;
  /** Known to SCRAM-SHA-256, SCRAM-SHA-512 and PLAIN alike. */
  readonly user: KafkaUser;
  createTopic(topic: string, partitions?: number): Promise<void>;
  /** Takes about two seconds: it starts one of Kafka's own tools. */
  setScramPassword(mechanism: ScramMechanism, password: string): Promise<void>;
  /** Stops one broker gracefully, starts it again, and waits until it serves. */
  restartBroker(index: number): Promise<void>;
  stop(): Promise<void>;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  return servers.map((server) => {
    const address = server.address();
    server.close();
    if (address === null || typeof address === 'string') throw new Error('The port is unknown.');
    return address.port;
  });
}

async function waitUntil(
  isReady: () => Promise<boolean>,
  brokers: readonly KafkaBroker[],
): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    if (await isReady().catch(() => false)) return;
    const ended = brokers.find(({ hasEnded }) => hasEnded);
    if (ended) throw new Error(`Kafka ended while it was starting:\n${ended.logTail}`);
    if (performance.now() > deadline) {
      throw new Error(
        `Kafka was not ready in ${START_TIMEOUT_MS} ms:\n${brokers[0]?.logTail ?? ''}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Starts Apache Kafka (KRaft) for tests; {@link KafkaCluster.stop} ends it, as does the end of this process. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  const libs = findKafkaLibs();
  const folder = mkdtempSync(join(tmpdir(), 'quix-kafka-'));
  const count = options.brokers ?? 1;
  const user = { username: 'quix', password: randomBytes(16).toString('hex') };
  const authority = await createCertificateAuthority('Kafka test CA');
  const other = await createCertificateAuthority('Another CA');
  const identity = await authority.issue(['localhost']);
  const numbers = await freePorts(3 * count);
  const ports = Array.from({ length: count }, (_, index): BrokerPorts => {
    const [saslSsl = 0, plaintext = 0, controller = 0] = numbers.slice(3 * index);
    return { saslSsl, plaintext, controller };
  });

  const clusterId = randomBytes(16).toString('base64url');
  const brokers = ports.map((_, index) => {
    const home = join(folder, `broker-${index + 1}`);
    mkdirSync(home);
    writeFileSync(join(home, 'keystore.pem'), identity.key + identity.certificate, { mode: 0o600 });
    const properties = join(home, 'server.properties');
    const { sessionLifetimeMs } = options;
    const settings = { index, ports, folder: home, user, sessionLifetimeMs };
    writeFileSync(properties, serverProperties(settings), { mode: 0o600 });
    const format = [
      'format',
      '--cluster-id',
      clusterId,
      '--config',
      properties,
      ...scramUsers(user),
    ];
    execFileSync('java', javaArgs(libs, home, 'kafka.tools.StorageTool', format), {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return new KafkaBroker(libs, home);
  });

  const bootstrap = {
    saslSsl: ports.map(({ saslSsl }) => `localhost:${saslSsl}`),
    plaintext: ports.map(({ plaintext }) => `127.0.0.1:${plaintext}`),
  };
  const kafka = new Kafka({
    brokers: bootstrap.plaintext,
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  });
  const withAdmin = async <T>(run: (admin: Admin) => Promise<T>): Promise<T> => {
    const admin = kafka.admin();
    await admin.connect();
    try {
      return await run(admin);
    } finally {
      await admin.disconnect();
    }
  };
  const allServe = (): Promise<boolean> =>
    withAdmin(async (admin) => (await admin.describeCluster()).brokers.length === count);

  const stop = async (): Promise<void> => {
    await Promise.all(brokers.map((broker) => broker.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const broker of brokers) broker.start();
    await waitUntil(allServe, brokers);
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    bootstrap,
    ca: authority.certificate,
    otherCa: other.certificate,
    user,
    async createTopic(topic, partitions = 1) {
      await withAdmin((admin) =>
        admin.createTopics({
          waitForLeaders: true,
          topics: [{ topic, numPartitions: partitions, replicationFactor: Math.min(3, count) }],
        }),
      );
    },
    async setScramPassword(mechanism, password) {
      const args = [
        '--bootstrap-server',
        bootstrap.plaintext.join(','),
        '--alter',
        '--entity-type',
        'users',
      ];
      const change = [
        '--entity-name',
        user.username,
        '--add-config',
        `${mechanism}=[password=${password}]`,
      ];
      const tool = javaArgs(libs, folder, 'kafka.admin.ConfigCommand', [...args, ...change]);
      await promisify(execFile)('java', tool);
    },
    async restartBroker(index) {
      await brokers[index]?.stop();
      brokers[index]?.start();
      await waitUntil(allServe, brokers);
    },
    stop,
  };
}
