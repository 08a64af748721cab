import { describe, expect, it, onTestFinished } from 'vitest';
import { QuixError } from 'quix-streams-auth';
import { exchange } from '../../src/credentials/exchange.ts';
import { Token } from '../../src/token/index.ts';
import { PortalSession } from '../../src/workspace/portal-session.ts';
import { randomSecret } from '../support/leaks.ts';
import { failureOf } from '../support/portal-access.ts';
import { startPortal } from '../testing/request-portal.ts';

/** An emulated Portal, and an exchange with it: with its own token, or another one. */
async function open(text?: string) {
  const portal = await startPortal();
  const session = new PortalSession({
    portal: new URL(portal.url),
    userAgent: 'test/1.0',
    env: {},
    connectTimeoutMs: 2_000,
    timeoutMs: 5_000,
    workspace: undefined,
    warn: () => undefined,
  });
  onTestFinished(() => session.close(new QuixError('QUIX_CLIENT_CLOSED', 'closed')));
  const given = new Token(text ?? portal.token1, 'argument');
  const tokens = {
    first: () => Promise.resolve(given),
    next: () => Promise.resolve(undefined),
    rejected: () => undefined,
  };
  return { portal, given, exchanged: () => exchange(session, tokens) };
}

describe('exchange', () => {
  it('gives the broker settings of the workspace of the token, and the token', async () => {
    const { portal, given, exchanged } = await open();
    portal.setBroker({ brokers: ['a:9093', 'b:9093'], sasl: { username: 'org-dev-user' } });
    const { settings, token } = await exchanged();
    expect(settings).toMatchObject({
      workspaceId: portal.workspaceId,
      brokers: ['a:9093', 'b:9093'],
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'org-dev-user' },
    });
    expect(token).toBe(given);
  });

  it('fails when the settings cannot be used, and when the token is not known', async () => {
    const { portal, exchanged } = await open();
    portal.setBroker({ raw: { 'bootstrap.servers': 'no broker' } });
    expect((await failureOf(exchanged)).code).toBe('QUIX_BAD_RESPONSE');
    const stranger = await open(randomSecret());
    expect((await failureOf(stranger.exchanged)).code).toBe('QUIX_TOKEN_REJECTED');
  });
});
