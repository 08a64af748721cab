import { confluentKafka } from 'quix-streams-auth/confluent';
import { platformaticClient } from 'quix-streams-auth/platformatic';
import { expect, it } from 'vitest';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

/** What is there instead of the library: nothing, its whole module, options in its place. */
const OTHERS = [undefined, null, { KafkaJS: {} }, { groupId: 'my-group' }];

it.each(OTHERS)('confluentKafka() says what it wants instead of %j', async (other) => {
  const quix = makeClient(await startPortal());
  expect(() => confluentKafka(quix, other as never)).toThrow(
    expect.objectContaining({
      code: 'QUIX_CONFIG',
      message:
        'The second argument of confluentKafka() is not KafkaJS of @confluentinc/kafka-javascript. Run "npm install @confluentinc/kafka-javascript", and import it from there.',
    }),
  );
});

it.each(OTHERS)('platformaticClient() says what it wants instead of %j', async (other) => {
  const quix = makeClient(await startPortal());
  expect(() => platformaticClient(quix, other as never)).toThrow(
    expect.objectContaining({
      code: 'QUIX_CONFIG',
      message:
        'The second argument of platformaticClient() is not Producer, Consumer or Admin of @platformatic/kafka. Run "npm install @platformatic/kafka", and import it from there.',
    }),
  );
});
