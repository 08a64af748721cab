import { afterAll, describe, expect, inject, it } from 'vitest';
import { startPortalEmulator } from '../../src/testing/index.ts';
import { countMessages } from '../kafka/support/kafka-access.ts';
import { startKafka, type KafkaCluster } from '../kafka/support/kafka-cluster.ts';
import { portalBroker } from '../kafka/support/portal-broker.ts';
import { randomSecret } from '../support/leaks.ts';
import { readProjects, type ProjectResult } from './project.ts';
import { runProject } from './run-project.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** The row of the project in docs/toolchains.md. */
    consumer?: ProjectResult;
  }
}

let kafka: Promise<KafkaCluster> | undefined;

afterAll(async () => {
  await (await kafka)?.stop();
});

describe.concurrent('with the packed tarball', () => {
  for (const project of readProjects()) {
    it(`${project.name} passes its test and gets credentials`, async ({ task }) => {
      await using portal = await startPortalEmulator();
      const topic = portal.addTopic(project.name);
      const password = randomSecret('');
      // Started for the first project that needs it.
      const cluster = project.needsKafka ? await (kafka ??= startKafka()) : undefined;
      portal.setBroker(cluster ? portalBroker(cluster) : { sasl: { password } });
      await cluster?.createTopic(topic.id);

      const wrongToken = randomSecret();
      const result = await runProject(project, {
        tarball: inject('tarball'),
        env: { ...portal.env, WRONG_TOKEN: wrongToken },
        secrets: [portal.token1, portal.token2, wrongToken, cluster?.user.password ?? password],
      });

      const exchanges = portal.requests.filter(
        ({ path, status }) => path.endsWith('/broker/librdkafka') && status === 200,
      );
      expect(exchanges.length).toBeGreaterThan(0);
      if (cluster) expect(await countMessages(cluster, topic.id)).toBeGreaterThan(0);
      task.meta.consumer = result;
    });
  }
});
