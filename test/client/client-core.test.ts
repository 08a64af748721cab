import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type {
  QuixClientOptions,
  QuixLogger,
  QuixStreamingClient,
  QuixWarning,
  QuixWarningCode,
} from 'quix-streams-auth';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import type { LogLevel } from '../../src/logger.ts';
import { codeOf, errorOf } from '../support/errors.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** Creates a client, and collects its log lines by level and its warnings. */
function makeLoggedClient(portal: PortalEmulator, options?: QuixClientOptions) {
  const lines: Record<LogLevel, string[]> = { debug: [], info: [], warn: [], error: [] };
  const logger: QuixLogger = Object.fromEntries(
    LEVELS.map((level) => [level, (line: string) => lines[level].push(line)]),
  );
  const client = makeClient(portal, { logger, ...options });
  const warnings: QuixWarning[] = [];
  client.on('warning', (warning) => warnings.push(warning));
  return { client, lines, warnings };
}

describe('a warning', () => {
  const warning = (code: QuixWarningCode, about = 'kafkajs'): QuixWarning => ({
    code,
    about,
    message: `Something about ${about} needs attention.`,
  });

  it('of a Kafka adapter is emitted and logged, before and after the first exchange', async () => {
    const { client, lines, warnings } = makeLoggedClient(await startPortal());
    const before = warning('BROKER_NOT_ENCRYPTED', 'before');
    const after = warning('BROKER_NOT_ENCRYPTED', 'after');
    client.warn(before);
    await client.getBrokerCredentials();
    client.warn(after);
    expect(warnings).toEqual([before, after]);
    expect(lines.warn).toEqual([
      expect.stringContaining(before.message),
      expect.stringContaining(after.message),
    ]);
  });

  it('causes no request', async () => {
    const portal = await startPortal();
    makeLoggedClient(portal).client.warn(warning('CA_CHANGED'));
    await new Promise(setImmediate);
    expect(portal.requests).toHaveLength(0);
  });

  it('about a state is emitted and logged once per code and subject', async () => {
    const { client, lines, warnings } = makeLoggedClient(await startPortal());
    const different = [
      warning('TOKEN_CLEANED', 'a'),
      warning('TOKEN_CLEANED', 'b'),
      warning('TOKEN_BLANK', 'a'),
    ];
    for (let round = 0; round < 3; round++) for (const each of different) client.warn(each);
    expect(warnings).toEqual(different);
    expect(lines.warn).toHaveLength(3);
  });

  it.each<QuixWarningCode>([
    'TOKEN_FILE_UNREADABLE',
    'CA_CHANGED',
    'KAFKA_CLIENT_OUTDATED',
    'KAFKA_LOGIN_REFUSED',
  ])('about an incident is repeated: %s', async (code) => {
    const { client, lines, warnings } = makeLoggedClient(await startPortal());
    for (let round = 0; round < 3; round++) client.warn(warning(code));
    expect(warnings).toHaveLength(3);
    expect(lines.warn).toHaveLength(3);
  });

  it('about a token source is emitted once, however often the source is read', async () => {
    const portal = await startPortal();
    const { client, warnings } = makeLoggedClient(portal, { token: () => `"${portal.token1}"` });
    for (let count = 0; count < 5; count++)
      await client.getBrokerCredentials({ forceRefresh: true });
    expect(warnings.map(({ code, about }) => [code, about])).toEqual([
      ['TOKEN_CLEANED', 'provider'],
    ]);
  });

  it('is ignored after close()', async () => {
    const { client, lines, warnings } = makeLoggedClient(await startPortal());
    await client.close();
    client.warn(warning('KAFKA_LOGIN_REFUSED'));
    expect([warnings, lines.warn]).toEqual([[], []]);
  });
});

describe('an error', () => {
  it('that several callers share is logged once', async () => {
    const portal = await startPortal();
    const { client, lines } = makeLoggedClient(portal, { workspaceId: portal.workspaceId });
    const getTopic = () => client.getTopic('missing', { create: false });
    const errors = await Promise.all(Array.from({ length: 5 }, () => errorOf(getTopic())));
    const [first] = errors;
    expect(new Set(errors).size).toBe(1);
    expect(lines.error).toEqual([expect.stringContaining(String(first?.message))]);
    expect(client.describe().lastError).toMatchObject({ code: 'QUIX_TOPIC_NOT_FOUND' });
  });

  it('of an exchange that several callers share is logged once', async () => {
    const portal = await startPortal();
    const { client, lines } = makeLoggedClient(portal);
    portal.revokeToken(portal.token1);
    const calls = Array.from({ length: 5 }, () => client.getBrokerCredentials());
    const groups = Array.from({ length: 5 }, () => client.getConsumerGroup('my-service'));
    const codes = await Promise.all([...calls, ...groups].map((call) => call.catch(codeOf)));
    expect(codes).toEqual(Array(10).fill('QUIX_TOKEN_REJECTED'));
    expect(lines.error).toHaveLength(1);
    // A second exchange has an error of its own.
    await errorOf(client.getBrokerCredentials());
    expect(lines.error).toHaveLength(2);
  });

  it('is logged when no caller is left', async () => {
    const portal = await startPortal({ latencyMs: 20 });
    const { client, lines } = makeLoggedClient(portal);
    portal.revokeToken(portal.token1);
    const controller = new AbortController();
    const call = client.getBrokerCredentials({ signal: controller.signal });
    const reason = new Error('aborted');
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await expect.poll(() => client.describe().lastError?.code).toBe('QUIX_TOKEN_REJECTED');
    expect(lines.error).toHaveLength(1);
  });

  it('that close() causes is not logged', async () => {
    const portal = await startPortal({ latencyMs: 50 });
    const { client, lines } = makeLoggedClient(portal);
    const calls = [client.getBrokerCredentials(), client.getTopics()].map((call) => errorOf(call));
    await expect.poll(() => portal.requests.length).toBeGreaterThan(0);
    await client.close();
    for (const { code } of await Promise.all(calls)) expect(code).toBe('QUIX_CLIENT_CLOSED');
    expect(lines.error).toEqual([]);
    expect(client.describe().lastError).toBeUndefined();
  });
});

describe('an event of the token', () => {
  it('is logged with the source and without the token', async () => {
    const portal = await startPortal();
    const { client, lines } = makeLoggedClient(portal, { fallbackToken: portal.token2 });
    await client.getBrokerCredentials();
    portal.revokeToken(portal.token1);
    await client.getBrokerCredentials({ forceRefresh: true });
    expect(lines.warn).toEqual([expect.stringContaining('Quix__Sdk__Token')]);
    expect(lines.info.filter((line) => line.includes('fallbackToken'))).toHaveLength(1);
  });
});

// The secret sentinel keeps the objects that it inspects.
describe.skipIf(process.env['SENTINEL'] === '1')('the memory of a client', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;

  /** Returns whether the garbage collector has removed an object, after several attempts. */
  async function isCollected(reference: WeakRef<object>, attempts: number): Promise<boolean> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      // deref() keeps the object alive until the current job ends.
      await new Promise((resolve) => setTimeout(resolve, 5));
      collectGarbage();
      if (!reference.deref()) return true;
    }
    return false;
  }

  /** Obtains credentials without keeping them. */
  const obtain = async (client: QuixStreamingClient): Promise<WeakRef<object>> =>
    new WeakRef(await client.getBrokerCredentials());

  it('keeps credentials while they are cached, but not after a refresh', async () => {
    const portal = await startPortal();
    const client = makeClient(portal);
    const first = await obtain(client);
    expect(await isCollected(first, 3)).toBe(false);
    portal.setBroker({ sasl: { password: 'another-password' } });
    await client.getBrokerCredentials({ forceRefresh: true });
    expect(client.describe().generation).toBe(2);
    expect(await isCollected(first, 50)).toBe(true);
  });

  it('does not keep credentials after a refusal and a refresh', async () => {
    const portal = await startPortal();
    const client = makeClient(portal);
    const first = await obtain(client);
    client.invalidate();
    portal.setBroker({ sasl: { password: 'another-password' } });
    await client.getBrokerCredentials();
    expect(await isCollected(first, 50)).toBe(true);
  });

  it('does not keep credentials after close()', async () => {
    const client = makeClient(await startPortal());
    const first = await obtain(client);
    await client.close();
    expect(client.describe()).toMatchObject({ state: 'closed', generation: 1 });
    expect(await isCollected(first, 50)).toBe(true);
  });
});
