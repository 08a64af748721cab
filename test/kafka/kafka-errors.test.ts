import { QuixError } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { describe, expect, it, vi } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { startSaslBroker, type SaslBroker } from '../support/sasl-broker.ts';
import {
  CALLS,
  crash,
  makeKafka,
  PORTAL_FAILURES,
  rejection,
  type Failure,
} from './support/failing-calls.ts';

closeAfterEach();

const SASL = { mechanism: 'PLAIN', username: 'user', password: 'first-password' };
/** A port on which no server listens. */
const CLOSED = 'localhost:1';

const FAILURES: readonly Failure[] = [
  ...PORTAL_FAILURES,
  [
    'a missing permission',
    'QUIX_FORBIDDEN',
    (portal) => portal.faults.push({ status: 403, times: Infinity }),
  ],
  [
    'a Portal that is unavailable',
    'QUIX_PORTAL_UNAVAILABLE',
    (portal) => portal.faults.push({ transport: 'reset', times: Infinity }),
  ],
  [
    'a mechanism that is not supported',
    'QUIX_UNSUPPORTED',
    (portal) => {
      portal.setBroker({ sasl: { mechanism: 'GSSAPI' } });
    },
  ],
  [
    'refused logins',
    'QUIX_CREDENTIALS_REFUSED',
    async (portal) => {
      const broker = await startSaslBroker({ refuse: () => 'Authentication failed' });
      setBroker(portal, broker);
    },
  ],
  [
    'an untrusted certificate',
    'QUIX_CREDENTIALS_REFUSED',
    async (portal) => {
      const [trusted, other] = await Promise.all([
        createCertificateAuthority(),
        createCertificateAuthority('Other'),
      ]);
      const broker = await startSaslBroker({ identity: await other.issue(['localhost']) });
      const { certificate: ca } = trusted;
      portal.setBroker({ brokers: [broker.address], securityProtocol: 'SASL_SSL', sasl: SASL, ca });
    },
  ],
];

function setBroker(portal: PortalEmulator, { address }: Pick<SaslBroker, 'address'>): void {
  portal.setBroker({ brokers: [address], securityProtocol: 'SASL_PLAINTEXT', sasl: SASL });
}

describe.each(Object.entries(CALLS))('QuixError.from() with %s', (_, calls) => {
  describe.each(Object.entries(calls))('%s', (_, call) => {
    it.each(FAILURES)('finds the error after %s: %s', async (_, code, fail) => {
      const portal = await startPortal();
      const retryable = code === 'QUIX_PORTAL_UNAVAILABLE';
      const quix = makeClient(portal, {
        workspaceId: portal.workspaceId,
        ...(retryable && { timeoutMs: 400 }),
      });
      await fail(portal);
      const error = await rejection(call(quix));
      expect(QuixError.from(error)).toMatchObject({ code, retryable });
    });

    it('returns undefined if no broker can be reached', async () => {
      const portal = await startPortal();
      setBroker(portal, { address: CLOSED });
      const error = await rejection(call(makeClient(portal)));
      expect(error).toBeDefined();
      expect(QuixError.from(error)).toBeUndefined();
    });
  });
});

describe('@platformatic/kafka', () => {
  it.each([
    ['does not retry', 'is not retryable', false, 1],
    ['retries', 'is retryable', true, 4],
  ])('%s a refusal after an exchange whose error %s', async (_, __, retryable, attempts) => {
    const quix = makeClient(await startPortal());
    const cause = new QuixError('QUIX_TOKEN_REJECTED', 'Rejected.', { retryable });
    const refusal = new QuixError('QUIX_CREDENTIALS_REFUSED', 'Refused.', {
      retryable: true,
      cause,
    });
    const load = vi.spyOn(quix, 'getBrokerCredentials').mockRejectedValue(refusal);
    const call = CALLS['@platformatic/kafka']?.['admin.metadata()'];
    expect(QuixError.from(await rejection(Promise.resolve(call?.(quix))))).toMatchObject({
      code: 'QUIX_CREDENTIALS_REFUSED',
    });
    expect(load).toHaveBeenCalledTimes(attempts);
  });
});

describe('kafkajs', () => {
  it('gets the code in the message, and QuixError.from() returns the original error', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal);
    const thrown: unknown[] = [];
    const load = quix.getBrokerCredentials.bind(quix);
    vi.spyOn(quix, 'getBrokerCredentials').mockImplementation((options) =>
      load(options).catch((error: unknown) => {
        thrown.push(error);
        throw error;
      }),
    );
    portal.rotateTokens();
    const error = await rejection(makeKafka(quix).producer().connect());
    expect(error).toMatchObject({
      message: expect.stringMatching(/threw: QUIX_TOKEN_REJECTED: .*\(401\)/) as string,
    });
    expect(QuixError.from(error)).toBe(thrown[0]);
    expect(thrown[0]).toMatchObject({
      status: 401,
      correlationId: expect.any(String) as string,
      hint: expect.stringContaining('token') as string,
    });
    expect(portal.requests).toHaveLength(1);
  });

  it('rejects with a copy if a login fails, and QuixError.from() returns the original error', async () => {
    const broker = await startSaslBroker({ refuse: () => 'Authentication failed' });
    const portal = await startPortal();
    setBroker(portal, broker);
    const quix = makeClient(portal);
    await quix.getBrokerCredentials();
    portal.rotateTokens();
    const error = await rejection(makeKafka(quix).producer().connect());
    expect(error).toMatchObject({
      code: 'QUIX_CREDENTIALS_REFUSED',
      message: expect.stringMatching(/^QUIX_CREDENTIALS_REFUSED: Kafka refused/) as string,
      name: 'QuixError',
    });
    expect(QuixError.from(error)).toMatchObject({
      message: expect.stringMatching(/^Kafka refused/) as string,
      cause: { code: 'QUIX_TOKEN_REJECTED', status: 401 },
    });
  });

  it('gets an error of an older package with its details, and QuixError.from() returns the original', async () => {
    // This error has the documented properties, but no methods of QuixError.
    const foreign = Object.assign(new Error('Forbidden. Ask.'), {
      code: 'QUIX_FORBIDDEN',
      retryable: false,
      status: 403,
      hint: 'Ask.',
    });
    Object.defineProperty(foreign, Symbol.for('quix-streams-auth.QuixError'), { value: true });
    const quix = makeClient(await startPortal());
    vi.spyOn(quix, 'getBrokerCredentials').mockRejectedValue(foreign);
    const { brokers } = kafkaJSConfig(quix);
    const copy = await rejection(Promise.resolve(typeof brokers === 'function' && brokers()));
    expect(copy).not.toBe(foreign);
    expect(copy).toMatchObject({
      message: 'QUIX_FORBIDDEN: Forbidden. Ask.',
      status: 403,
      hint: 'Ask.',
      retriable: false,
    });
    expect(QuixError.from(copy)).toBe(foreign);
  });

  it.each([
    ['does not restart', 'a rejected token', false],
    ['restarts', 'an unavailable Portal', true],
  ] as const)('%s a crashed consumer after %s', async (_, __, restart) => {
    const portal = await startPortal();
    const quix = makeClient(portal, { timeoutMs: 400 });
    if (restart) portal.faults.push({ transport: 'reset', times: Infinity });
    else portal.rotateTokens();
    expect(await rejection(crash(quix))).toMatchObject({ payload: { restart } });
  });

  it('keeps the restartOnFailure of the user', async () => {
    const restartOnFailure = (): Promise<boolean> => Promise.resolve(true);
    const portal = await startPortal();
    const config = kafkaJSConfig(makeClient(portal), { retry: { retries: 1, restartOnFailure } });
    expect(config.retry).toEqual({ retries: 1, restartOnFailure });
  });
});
