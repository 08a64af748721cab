import { QuixHealthIndicator } from 'quix-streams-auth/nestjs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { closeAfterEach, makeClient, startPortal } from '../../support/portal-clients.ts';

closeAfterEach();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Returns the indicator of a client that has credentials, and functions that record logins. */
async function startIndicator() {
  const quix = makeClient(await startPortal());
  await quix.getBrokerCredentials();
  const indicator = new QuixHealthIndicator(quix);
  return {
    status: async () => (await indicator.isHealthy()).quix.status,
    result: async () => (await indicator.isHealthy('kafka')).kafka,
    accept: () => {
      quix.recordLogin('accepted');
    },
    refuse: () => {
      quix.recordLogin('refused', 'REFUSED (kafkajs)');
    },
    end: () => {
      quix.recordLogin('ended', 'QUIX_CREDENTIALS_REFUSED (final error of kafkajs)');
    },
  };
}

it('is up before the first login, and while the connection of the last login stays open', async () => {
  const { status, accept } = await startIndicator();
  expect(await status()).toBe('up');
  accept();
  vi.advanceTimersByTime(3_600_000);
  expect(await status()).toBe('up');
});

it('is down after Kafka has refused all logins for more than a minute, until it accepts one', async () => {
  const { status, result, accept, refuse } = await startIndicator();
  accept();
  // A connection that stays open for hours does not log in.
  vi.advanceTimersByTime(3_600_000);
  refuse();
  vi.advanceTimersByTime(59_000);
  refuse();
  expect(await status()).toBe('up');
  vi.advanceTimersByTime(2_000);
  expect(await result()).toEqual({
    status: 'down',
    state: 'ready',
    lastRefusal: 'REFUSED (kafkajs)',
  });
  accept();
  expect(await status()).toBe('up');
  vi.advanceTimersByTime(1_000);
  refuse();
  expect(await status()).toBe('up');
});

it('is down at once after a final error of a Kafka client, until Kafka accepts a login', async () => {
  const { status, result, accept, refuse, end } = await startIndicator();
  accept();
  refuse();
  end();
  refuse();
  expect(await result()).toEqual({
    status: 'down',
    state: 'ready',
    lastRefusal: 'REFUSED (kafkajs)',
  });
  accept();
  expect(await status()).toBe('up');
  refuse();
  expect(await status()).toBe('up');
});

it('stays up while Kafka accepts other logins within each minute, because all use the same credentials', async () => {
  const { status, accept, refuse } = await startIndicator();
  for (let minute = 0; minute < 5; minute++) {
    refuse();
    vi.advanceTimersByTime(50_000);
    accept();
    vi.advanceTimersByTime(10_000);
    expect(await status()).toBe('up');
  }
});

it('is down with the code of the error if no exchange has succeeded', async () => {
  const portal = await startPortal();
  const quix = makeClient(portal, { token: `sdk-${'0'.repeat(32)}` });
  expect(await new QuixHealthIndicator(quix).isHealthy()).toEqual({
    quix: { status: 'down', state: 'idle', lastError: 'QUIX_TOKEN_REJECTED' },
  });
});
