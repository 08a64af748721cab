import assert from 'node:assert/strict';
import { Kafka } from 'kafkajs';
import { QuixStreamingClient } from 'quix-streams-auth';
import type { confluentKafka } from 'quix-streams-auth/confluent';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import type { librdkafkaConfig } from 'quix-streams-auth/librdkafka';
import type { platformaticClient } from 'quix-streams-auth/platformatic';
import { startPortalEmulator } from 'quix-streams-auth/testing';
import type { portalHandlers } from 'quix-streams-auth/testing/msw';

// These lines compile only if the types of the entry points are found.
type FirstArgument<T extends (...args: never[]) => unknown> = Parameters<T>[0];
export const accepted = {
  confluent: (quix: QuixStreamingClient): FirstArgument<typeof confluentKafka> => quix,
  librdkafka: (quix: QuixStreamingClient): FirstArgument<typeof librdkafkaConfig> => quix,
  platformatic: (quix: QuixStreamingClient): FirstArgument<typeof platformaticClient> => quix,
};
export type Handlers = ReturnType<typeof portalHandlers>[number]['info'];

describe('a service', () => {
  it('exchanges a streaming token for the configuration of kafkajs', async () => {
    const quix = new QuixStreamingClient();
    const config = kafkaJSConfig(quix);
    assert.equal((await quix.getBrokerCredentials()).workspaceId, 'org-project-dev');
    assert.ok(new Kafka(config).producer());
    await quix.close();
  });

  it('exchanges a Personal Access Token, which is a JWT, with the emulator', async () => {
    const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const inOneHour = Math.floor(Date.now() / 1000) + 3600;
    const pat = [{ alg: 'RS256' }, { exp: inOneHour }, 'signature'].map(encode).join('.');
    const portal = await startPortalEmulator({ topics: ['f1-data'] });
    portal.addToken({ token: pat });
    const quix = new QuixStreamingClient({ token: pat, env: { ...portal.env } });
    assert.equal((await quix.getTopic('f1-data')).id, 'org-project-dev-f1-data');
    await quix.close();
    await portal.close();
  });
});
