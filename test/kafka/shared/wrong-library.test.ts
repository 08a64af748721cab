import { confluentKafka } from 'quix-streams-auth/confluent';
import { platformaticClient } from 'quix-streams-auth/platformatic';
import { expect, it } from 'vitest';
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
