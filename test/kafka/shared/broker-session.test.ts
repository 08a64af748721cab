import { QuixError } from 'quix-streams-auth';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BrokerCredentials, REFUSAL_POLICY } from '../../../src/credentials/index.ts';
import { BrokerSession } from '../../../src/kafka/shared/index.ts';
import { codeOf, errorOf } from '../../support/errors.ts';

const { maxRefusals, finalAfterMs, forgottenAfterMs } = REFUSAL_POLICY;
const recordLogin = vi.fn<(outcome: string, reason?: string) => void>();
const invalidate = vi.fn<(credentials?: BrokerCredentials) => void>();
let answer: () => Promise<BrokerCredentials>;
let session: BrokerSession;
let generation = 0;

function snapshot(mechanism = 'PLAIN', ca?: string): BrokerCredentials {
  const sasl = { mechanism, username: 'user', password: 'secret' };
  const settings = {
    workspaceId: 'w',
    brokers: ['b:1'],
    securityProtocol: 'SASL_SSL',
    sasl,
    ca,
  } as const;
  return new BrokerCredentials(settings, { generation: ++generation, obtainedAt: new Date() });
}

/**
 * Loads a new snapshot and refuses it, as if Kafka refused each password that the Portal returns.
 */
async function refuseSnapshots(count: number): Promise<void> {
  answer = () => Promise.resolve(snapshot());
  for (let refused = 0; refused < count; refused++) {
    session.recordRefusal(await session.load(), 'wrong password');
  }
}

/**
 * Returns the error of a call in the cooldown, in which the Portal still returns the refused
 * credentials.
 */
async function errorInCooldown(): Promise<QuixError> {
  const error = new QuixError('QUIX_CREDENTIALS_REFUSED', 'Still the same.', { retryable: true });
  answer = () => Promise.reject(error);
  return await errorOf(session.load());
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  invalidate.mockReset();
  recordLogin.mockReset();
  const quix = { getBrokerCredentials: () => answer(), invalidate, recordLogin };
  session = new BrokerSession(quix, 'any client', 'sasl');
});
afterEach(() => {
  vi.useRealTimers();
});

describe('BrokerSession', () => {
  it('reports accepted and refused logins, also a late refusal of replaced credentials', async () => {
    answer = () => Promise.resolve(snapshot());
    const replaced = await session.load();
    await session.load();
    session.recordRefusal(replaced, 'wrong password');
    session.recordLogin();
    expect(recordLogin.mock.calls).toEqual([
      ['refused', 'wrong password (any client)'],
      ['accepted'],
    ]);
    expect(invalidate).not.toHaveBeenCalled();
  });

  it('reports one end for all final errors until the next login', async () => {
    await refuseSnapshots(1);
    recordLogin.mockClear();
    const end = ['ended', 'QUIX_CREDENTIALS_REFUSED (final error of any client)'];
    await errorInCooldown();
    await errorInCooldown();
    expect(recordLogin.mock.calls).toEqual([end]);
    session.recordLogin();
    answer = () => Promise.reject(new QuixError('QUIX_TOKEN_REJECTED', 'Rejected.'));
    await errorOf(session.load());
    expect(recordLogin.mock.calls.at(-1)).toEqual([
      'ended',
      'QUIX_TOKEN_REJECTED (final error of any client)',
    ]);
  });

  it('works with an object of the user that has no method to report logins', async () => {
    const quix = { getBrokerCredentials: () => Promise.resolve(snapshot()), invalidate };
    session = new BrokerSession(quix, 'any client', 'sasl');
    const credentials = await session.load();
    session.recordRefusal(credentials, 'wrong password');
    session.recordLogin();
    expect(invalidate).toHaveBeenCalledWith(credentials);
  });

  it('rejects with a final error if the first login is refused', async () => {
    await refuseSnapshots(1);
    const error = await errorInCooldown();
    expect(error).toMatchObject({ code: 'QUIX_CREDENTIALS_REFUSED', retryable: false });
    expect(error.message).toContain('wrong password');
  });

  it('stays retryable for a client that has logged in, until five refusals and one minute', async () => {
    session.recordLogin();
    await refuseSnapshots(maxRefusals - 1);
    vi.advanceTimersByTime(finalAfterMs);
    expect((await errorInCooldown()).retryable).toBe(true);
    await refuseSnapshots(1);
    expect((await errorInCooldown()).retryable).toBe(false);
  });

  it('stays retryable for one minute after any number of refusals', async () => {
    session.recordLogin();
    await refuseSnapshots(3 * maxRefusals);
    vi.advanceTimersByTime(finalAfterMs - 1);
    expect((await errorInCooldown()).retryable).toBe(true);
    vi.advanceTimersByTime(1);
    expect((await errorInCooldown()).retryable).toBe(false);
  });

  it('counts a snapshot once, however many connections are refused with it', async () => {
    session.recordLogin();
    await refuseSnapshots(1);
    for (let count = 0; count < 10; count++)
      session.recordRefusal(session.current, 'wrong password');
    expect((await errorInCooldown()).retryable).toBe(true);
  });

  it('ignores the refusal of an outdated snapshot', async () => {
    answer = () => Promise.resolve(snapshot());
    const outdated = await session.load();
    const current = await session.load();
    session.recordRefusal(outdated, 'wrong password');
    expect(invalidate).not.toHaveBeenCalled();
    session.recordRefusal(current, 'wrong password');
    expect(invalidate).toHaveBeenCalledWith(current);
  });

  it('forgets refusals after a login, and after some time without another refusal', async () => {
    session.recordLogin();
    await refuseSnapshots(maxRefusals - 1);
    session.recordLogin();
    await refuseSnapshots(maxRefusals - 1);
    vi.advanceTimersByTime(forgottenAfterMs + 1);
    await refuseSnapshots(1);
    expect((await errorInCooldown()).retryable).toBe(true);
  });

  it.each([undefined, 'pem'])(
    'reports an untrusted certificate instead of a refused login (CA: %s)',
    async (ca) => {
      answer = () => Promise.resolve(snapshot('PLAIN', ca));
      session.recordRefusal(await session.load(), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
      const { message } = await errorInCooldown();
      expect(message).toMatch(/^The certificate of a broker is not trusted \(UNABLE_TO_VERIFY/);
      expect(message).toContain(ca === undefined ? 'no CA for it' : 'the same CA');
    },
  );

  it('does not change the error before Kafka has refused a login', async () => {
    expect((await errorInCooldown()).message).toBe('Still the same.');
  });

  describe('in a cooldown', () => {
    const refusedFor = (retryAfterMs: number) =>
      new QuixError('QUIX_CREDENTIALS_REFUSED', 'Wait.', { retryable: true, retryAfterMs });

    /** Fails once with a cooldown, and then returns a snapshot. */
    function startCooldown(retryAfterMs: number): void {
      const answers = [() => Promise.reject(refusedFor(retryAfterMs))];
      answer = () => (answers.shift() ?? (() => Promise.resolve(snapshot())))();
    }

    it('waits until the cooldown ends, if it ends soon', async () => {
      session.recordLogin();
      startCooldown(30);
      expect(await session.load()).toBe(session.current);
    });

    it('rejects if the cooldown is long', async () => {
      session.recordLogin();
      startCooldown(5_000);
      expect(await errorOf(session.load())).toMatchObject({ retryAfterMs: 5_000 });
    });

    it('rejects before the first login', async () => {
      startCooldown(30);
      expect(await errorOf(session.load())).toMatchObject({ retryAfterMs: 30 });
    });
  });

  it('exchanges the token at once if a certificate is not trusted', async () => {
    answer = () => Promise.resolve(snapshot());
    const refused = await session.load();
    await session.recordUntrustedCertificate(refused, 'CERT_HAS_EXPIRED');
    expect(session.current).not.toBe(refused);
    expect(invalidate).toHaveBeenCalledWith(refused);
  });

  it('rejects a mechanism that the adapters do not implement', async () => {
    answer = () => Promise.resolve(snapshot('GSSAPI'));
    const error = await errorOf(session.load());
    expect(codeOf(error)).toBe('QUIX_UNSUPPORTED');
    expect(error.message).toMatch(/GSSAPI.*PLAIN, SCRAM-SHA-256, SCRAM-SHA-512/);
    expect(session.current).toBeUndefined();
  });
});
