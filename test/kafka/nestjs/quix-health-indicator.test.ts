import type { ClientDescription } from 'quix-streams-auth';
import { QuixHealthIndicator } from 'quix-streams-auth/nestjs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { closeAfterEach, makeClient, startPortal } from '../../support/portal-clients.ts';

closeAfterEach();

/** Returns an indicator of a ready client whose logins `change` replaces. */
async function startIndicator() {
  const quix = makeClient(await startPortal());
  await quix.getBrokerCredentials();
  const description = quix.describe();
  let logins = description.logins;
  const indicator = new QuixHealthIndicator({
    getBrokerCredentials: () => quix.getBrokerCredentials(),
    describe: () => ({ ...description, logins }),
  });
  return {
    status: async () => (await indicator.isHealthy()).quix.status,
    result: async () => (await indicator.isHealthy('kafka')).kafka,
    change: (next: Partial<ClientDescription['logins']>) => {
      logins = { ...logins, ...next };
    },
  };
}

const accepted = () => ({ lastAcceptedAt: new Date() });
const refused = () => ({ lastRefusedAt: new Date(), lastRefusal: 'REFUSED (kafkajs)' });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('is up before the first login, and after logins that Kafka accepted', async () => {
  const { status, change } = await startIndicator();
  expect(await status()).toBe('up');
  change(accepted());
  expect(await status()).toBe('up');
});

it('is down if Kafka refused the first login, and reports the reason', async () => {
  const { result, change } = await startIndicator();
  change(refused());
  expect(await result()).toEqual({
    status: 'down',
    state: 'ready',
    lastRefusal: 'REFUSED (kafkajs)',
  });
});

it('is down after Kafka has refused all logins for more than two minutes, until it accepts one', async () => {
  const { status, change } = await startIndicator();
  change(accepted());
  // A connection that stays open for hours does not log in.
  vi.advanceTimersByTime(3_600_000);
  expect(await status()).toBe('up');
  change(refused());
  expect(await status()).toBe('up');
  vi.advanceTimersByTime(119_000);
  change(refused());
  expect(await status()).toBe('up');
  vi.advanceTimersByTime(2_000);
  expect(await status()).toBe('down');
  change(accepted());
  expect(await status()).toBe('up');
  vi.advanceTimersByTime(1_000);
  change(refused());
  expect(await status()).toBe('up');
});

it('is down with the code of the error if no exchange has succeeded', async () => {
  const portal = await startPortal();
  const quix = makeClient(portal, { token: `sdk-${'0'.repeat(32)}` });
  expect(await new QuixHealthIndicator(quix).isHealthy()).toEqual({
    quix: { status: 'down', state: 'idle', lastError: 'QUIX_TOKEN_REJECTED' },
  });
});
