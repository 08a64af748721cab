import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startPortalEmulator, type PortalEmulator } from '../../src/testing/index.ts';
import { countMessages } from '../kafka/support/kafka-access.ts';
import { startKafka, type KafkaCluster } from '../kafka/support/kafka-cluster.ts';
import { createRequestedTopic } from '../kafka/support/nest-environment.ts';
import { portalBroker } from '../kafka/support/portal-broker.ts';
import { randomSecret } from '../support/leaks.ts';
import { findPackageManager } from './package-manager.ts';
import { readProjects, type Project, type ProjectResult } from './project.ts';
import { runProject } from './run-project.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** The row of the project in docs/toolchains.md. */
    consumer?: ProjectResult;
  }
}

/** Less than the limit of a test, so that a project that does not end fails with its output. */
const PROJECT_TIMEOUT_MS = 300_000;

/** Adds a test for each project. `getKafka` returns the Kafka that is behind the emulator. */
function testProjects(projects: readonly Project[], getKafka?: () => KafkaCluster): void {
  for (const project of projects) {
    // Found before the tests, because it blocks this process, and with it the emulators.
    const packageManager = findPackageManager(project.packageManager);

    it.concurrent(`${project.name} passes its test and gets credentials`, async ({ task }) => {
      const cluster = getKafka?.();
      await using portal: PortalEmulator = await startPortalEmulator({
        topicCreationMs: 1_000,
        onRequest: (request) => {
          if (cluster) createRequestedTopic(request, portal, cluster);
        },
      });
      const topic = portal.addTopic(project.name);
      const password = randomSecret('');
      portal.setBroker(cluster ? portalBroker(cluster) : { sasl: { password } });
      await cluster?.createTopic(topic.id);

      const wrongToken = randomSecret();
      const result = await runProject(project, {
        tarball: inject('tarball'),
        packageManager,
        env: { ...portal.env, WRONG_TOKEN: wrongToken },
        secrets: [portal.token1, portal.token2, wrongToken, cluster?.user.password ?? password],
        signal: AbortSignal.timeout(PROJECT_TIMEOUT_MS),
      });

      const exchanges = portal.requests.filter(
        ({ path, status }) => path.endsWith('/broker/librdkafka') && status === 200,
      );
      expect(exchanges, 'exchanges of the token').toHaveLength(project.exchanges);
      if (cluster) {
        const messages = await countMessages(cluster, topic.id);
        expect(messages, `messages in the topic ${project.name}`).toBeGreaterThan(0);
      }
      task.meta.consumer = result;
    });
  }
}

const projects = readProjects();

describe('with the packed tarball and a real Kafka', () => {
  let kafka: KafkaCluster | undefined;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(() => kafka?.stop());

  testProjects(
    projects.filter(({ needsKafka }) => needsKafka),
    () => {
      if (!kafka) throw new Error('Kafka has not started.');
      return kafka;
    },
  );
});

describe('with the packed tarball', () => {
  testProjects(projects.filter(({ needsKafka }) => !needsKafka));
});
