import { Producer } from '@platformatic/kafka';
import { confluentKafka } from 'quix-streams-auth/confluent';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { QuixKafkaClient, QuixKafkaServer } from 'quix-streams-auth/nestjs';
import { platformaticClient } from 'quix-streams-auth/platformatic';
import { describe, expect, it, vi } from 'vitest';
import { closeAfterEach, makeClient, startPortal } from '../../support/portal-clients.ts';
import { errorThrown } from '../../support/errors.ts';

closeAfterEach();

/** Mistakes: a package that is not installed, the whole module, and options in the wrong place. */
const OTHERS = [undefined, null, { KafkaJS: {} }, { groupId: 'my-group' }];

it.each(OTHERS)('rejects %j as second argument of confluentKafka()', async (other) => {
  const quix = makeClient(await startPortal());
  const { code, message } = errorThrown(() => confluentKafka(quix, other as never));
  expect(code).toBe('QUIX_CONFIG');
  expect(message).toMatch(/confluentKafka\(\).*npm install @confluentinc\/kafka-javascript/);
});

it.each(OTHERS)('rejects %j as second argument of platformaticClient()', async (other) => {
  const quix = makeClient(await startPortal());
  const { code, message } = errorThrown(() => platformaticClient(quix, other as never));
  expect(code).toBe('QUIX_CONFIG');
  expect(message).toMatch(/platformaticClient\(\).*npm install @platformatic\/kafka/);
});

const ADAPTERS: Record<string, (quix: never) => unknown> = {
  kafkaJSConfig: (quix) => kafkaJSConfig(quix),
  platformaticClient: (quix) => platformaticClient(quix, Producer),
  confluentKafka: (quix) => confluentKafka(quix, { Kafka: Map }),
  QuixKafkaServer: (quix) => new QuixKafkaServer(quix),
  QuixKafkaClient: (quix) => new QuixKafkaClient(quix),
};

describe.each(Object.entries(ADAPTERS))('%s()', (name, adapt) => {
  it.each([undefined, null, {}, 'a token', { token: 'a' }, { brokers: [] }])(
    'rejects %j as first argument',
    (quix) => {
      const { code, message } = errorThrown(() => adapt(quix as never));
      expect(code).toBe('QUIX_CONFIG');
      expect(message).toContain(`${name}() must be a QuixStreamingClient`);
    },
  );

  it('accepts a client of a second installed copy of this package', async () => {
    vi.resetModules();
    const { QuixStreamingClient } = await import('quix-streams-auth');
    const portal = await startPortal();
    const quix = new QuixStreamingClient({ env: portal.env });
    expect(quix).not.toBeInstanceOf(makeClient(portal).constructor);
    expect(adapt(quix as never)).toBeTypeOf('object');
    await quix.close();
  });
});
