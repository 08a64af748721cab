import { afterEach, describe, expect, it, vi } from 'vitest';
import { createCertificateAuthority } from '../../support/certificates.ts';
import { closeAfterEach } from '../../support/portal-clients.ts';
import { attachClient, FakeConfluentClassic, FakeNodeRdkafka } from '../support/fake-librdkafka.ts';

closeAfterEach();

const UNTRUSTED = 'ssl://broker:9093/bootstrap: SSL handshake failed: certificate verify failed';

const detaches: (() => void)[] = [];
afterEach(() => {
  for (const detach of detaches.splice(0)) detach();
  vi.useRealTimers();
});

/** Attaches a client and connects it. */
async function attachConnected<Client extends FakeNodeRdkafka>(
  client: Client,
  overrides?: object,
  replace?: () => unknown,
) {
  const all = await attachClient(client, overrides, replace);
  detaches.push(all.detach);
  client.connected();
  return all;
}

describe('an attached client of @confluentinc/kafka-javascript', () => {
  it('gets a new login when the credentials change', async () => {
    const { portal, quix, client, codes } = await attachConnected(new FakeConfluentClassic());
    portal.setBroker({ sasl: { username: 'new-user', password: 'new-password' } });
    await quix.getBrokerCredentials({ forceRefresh: true });
    expect(client.setLogin.mock.calls).toEqual([['new-user', 'new-password']]);
    expect(codes()).toEqual([]);
  });

  it('gets a new login after a refused one', async () => {
    const { portal, quix, client, codes } = await attachConnected(new FakeConfluentClassic());
    portal.setBroker({ sasl: { password: 'new-password' } });
    client.refuseLogin();
    await expect.poll(() => client.setLogin.mock.lastCall?.[1]).toBe('new-password');
    expect(quix.describe()).toMatchObject({ exchanges: 2, logins: { accepted: 1, refused: 1 } });
    expect(codes()).toEqual([]);
  });

  it('gets a new login if the first one is refused while it is connecting', async () => {
    const { portal, quix, client, detach } = await attachClient(new FakeConfluentClassic());
    detaches.push(detach);
    portal.setBroker({ sasl: { password: 'new-password' } });
    client.refuseLogin();
    await expect.poll(() => client.setLogin.mock.lastCall?.[1]).toBe('new-password');
    expect(quix.describe().logins).toMatchObject({ accepted: 0, refused: 1 });
    client.connected();
    expect(quix.describe().logins).toMatchObject({ accepted: 1, refused: 1 });
  });

  it('causes a warning if the second login is refused too, even within 0.7 s, while it is connecting', async () => {
    const { client, codes } = await attachClient(new FakeConfluentClassic());
    client.refuseLogin();
    await expect.poll(() => client.setLogin.mock.calls.length).toBe(1);
    await new Promise(setImmediate);
    client.refuseLogin(); // librdkafka logs an identical refusal only once in 30 s
    expect(codes()).toEqual([]); // the refusal may be about the previous login
    await expect.poll(codes, { timeout: 3_000 }).toEqual(['KAFKA_LOGIN_REFUSED']);
  });

  it('gets the newest login after it has connected, if the credentials changed before connect()', async () => {
    const { portal, quix, client, detach } = await attachClient(new FakeConfluentClassic());
    detaches.push(detach);
    client.setLogin.mockImplementationOnce(() => {
      throw new Error('Local: Erroneous state'); // as the binding does before connect()
    });
    portal.setBroker({ sasl: { password: 'new-password' } });
    await quix.getBrokerCredentials({ forceRefresh: true });
    expect(client.setLogin).toHaveBeenCalledTimes(1);
    client.connected();
    await expect.poll(() => client.setLogin.mock.calls.length).toBe(2);
    expect(client.setLogin.mock.lastCall?.[1]).toBe('new-password');
  });

  it('causes a warning when another setting changes', async () => {
    const { portal, quix, client, warnings } = await attachConnected(new FakeConfluentClassic());
    portal.setBroker({ ca: (await createCertificateAuthority()).certificate });
    await quix.getBrokerCredentials({ forceRefresh: true });
    expect(warnings.map(({ code }) => code)).toEqual(['CA_CHANGED', 'KAFKA_CLIENT_OUTDATED']);
    expect(warnings[1]).toMatchObject({ about: '@confluentinc/kafka-javascript' });
    expect(warnings[1]?.message).toContain('librdkafkaConfig()');
    expect(client.setLogin).not.toHaveBeenCalled();
    expect(client.disconnect).not.toHaveBeenCalled();
  });

  it('keeps a login of the user, and ignores refusals of this login', async () => {
    const own = { 'sasl.username': 'me', 'sasl.password': 'own' };
    const { portal, quix, client, codes } = await attachConnected(new FakeConfluentClassic(), own);
    client.refuseLogin();
    portal.setBroker({ sasl: { password: 'new-password' } });
    await quix.getBrokerCredentials({ forceRefresh: true });
    expect(client.setLogin).not.toHaveBeenCalled();
    expect(codes()).toEqual([]);
    expect(quix.describe()).toMatchObject({ exchanges: 2, refusals: 0 });
  });

  it('causes no warning about new brokers if the user has set other brokers', async () => {
    const own = { 'bootstrap.servers': 'localhost:9092' };
    const { portal, quix, client, codes } = await attachConnected(new FakeConfluentClassic(), own);
    portal.setBroker({ brokers: ['other:9093'], sasl: { password: 'new-password' } });
    await quix.getBrokerCredentials({ forceRefresh: true });
    expect(client.setLogin.mock.lastCall?.[1]).toBe('new-password');
    expect(codes()).toEqual([]);
  });
});

describe('an attached client of node-rdkafka', () => {
  it('causes one warning for new credentials, which names the package and the remedy', async () => {
    const { portal, quix, client, warnings } = await attachConnected(new FakeNodeRdkafka());
    portal.setBroker({ sasl: { password: 'new-password' } });
    client.refuseLogin();
    await expect.poll(() => warnings.length).toBe(1);
    expect(warnings[0]).toMatchObject({ code: 'KAFKA_CLIENT_OUTDATED', about: 'node-rdkafka' });
    expect(warnings[0]?.message).toContain('librdkafkaConfig()');
    client.refuseLogin();
    client.refuseLogin();
    await quix.getBrokerCredentials({ forceRefresh: true });
    expect(quix.describe().logins).toMatchObject({ accepted: 1, refused: 3, ended: 0 });
    expect(warnings).toHaveLength(1);
    portal.setBroker({ sasl: { password: 'a newer one' } });
    await quix.getBrokerCredentials({ forceRefresh: true });
    expect(warnings).toHaveLength(2);
    expect(client.disconnect).not.toHaveBeenCalled();
  });

  it('shows in describe() that Kafka has refused its logins for minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { portal, quix, client } = await attachConnected(new FakeNodeRdkafka());
    portal.setBroker({ sasl: { password: 'new-password' } });
    await quix.getBrokerCredentials({ forceRefresh: true });
    for (let minute = 0; minute < 5; minute++) {
      vi.setSystemTime(Date.now() + 60_000);
      client.refuseLogin();
    }
    const { lastAcceptedAt, lastRefusedAt, ...counts } = quix.describe().logins;
    expect(counts).toMatchObject({ accepted: 1, refused: 5 });
    const ms = Number(lastRefusedAt) - Number(lastAcceptedAt);
    expect(ms).toBeGreaterThanOrEqual(5 * 60_000);
  });

  it('causes no warning while the Portal returns the same credentials', async () => {
    const { quix, client, codes } = await attachConnected(new FakeNodeRdkafka());
    client.refuseLogin();
    await expect.poll(() => quix.describe().exchanges).toBe(2);
    await expect.poll(() => client.getMetadata.mock.calls.length, { timeout: 3_000 }).toBe(1);
    client.getMetadata.mock.lastCall?.[1](undefined);
    await expect.poll(() => quix.describe().logins.accepted).toBe(2);
    expect(codes()).toEqual([]);
  });

  it('causes a warning when the Portal returns a new password some seconds after the refusal', async () => {
    const { portal, quix, client, codes } = await attachConnected(new FakeNodeRdkafka());
    client.refuseLogin();
    await expect.poll(() => quix.describe().exchanges).toBe(2);
    portal.setBroker({ sasl: { password: 'new-password' } });
    await expect.poll(codes, { timeout: 3_000 }).toEqual(['KAFKA_CLIENT_OUTDATED']);
  });

  it('calls the function that replaces it once, and has no effect afterwards', async () => {
    const replace = vi.fn();
    const { portal, quix, client, codes } = await attachConnected(
      new FakeNodeRdkafka(),
      {},
      replace,
    );
    portal.setBroker({ sasl: { password: 'new-password' } });
    await quix.getBrokerCredentials({ forceRefresh: true });
    await expect.poll(() => replace.mock.calls.length).toBe(1);
    portal.setBroker({ sasl: { password: 'a newer one' } });
    await quix.getBrokerCredentials({ forceRefresh: true });
    client.refuseLogin();
    expect(replace).toHaveBeenCalledTimes(1);
    expect(codes()).toEqual(['KAFKA_CLIENT_OUTDATED']);
    expect(quix.describe().logins.refused).toBe(0);
  });
});

describe.each([FakeNodeRdkafka, FakeConfluentClassic])('an attached %o', (Client) => {
  it('requests the credentials after librdkafka rejected the certificate of a broker', async () => {
    const { portal, quix, client, codes } = await attachConnected(new Client());
    portal.setBroker({ ca: (await createCertificateAuthority()).certificate });
    client.log(UNTRUSTED);
    await expect.poll(codes).toEqual(['CA_CHANGED', 'KAFKA_CLIENT_OUTDATED']);
    expect(quix.describe()).toMatchObject({ exchanges: 2, refusals: 1 });
  });

  it('ignores the refusal of a re-authentication under another user name', async () => {
    const { quix, client } = await attachConnected(new Client());
    client.refuseLogin('Cannot change principals during re-authentication from User.a to User.b');
    expect(quix.describe()).toMatchObject({ refusals: 0, logins: { refused: 0 } });
  });

  it('is disconnected with a warning after a final error', async () => {
    const { portal, quix, client, warnings } = await attachConnected(new Client());
    portal.rotateTokens();
    client.refuseLogin();
    await expect.poll(() => warnings.length).toBe(1);
    expect(warnings[0]?.code).toBe('KAFKA_LOGIN_REFUSED');
    expect(warnings[0]?.message).toMatch(/disconnected.*QUIX_TOKEN_REJECTED/);
    // Otherwise, disconnect() may never end.
    expect(client.unsubscribe).toHaveBeenCalledTimes(1);
    expect(client.disconnect).not.toHaveBeenCalled();
    await expect.poll(() => client.disconnect.mock.calls.length).toBe(1);
    expect(quix.describe().logins.ended).toBe(1);
  });

  it('is disconnected at once after a final error, if it is a producer', async () => {
    const producer = new Client();
    producer.unsubscribe = undefined;
    const { portal, client, codes } = await attachConnected(producer);
    portal.rotateTokens();
    client.refuseLogin();
    await expect.poll(codes).toEqual(['KAFKA_LOGIN_REFUSED']);
    expect(client.disconnect).toHaveBeenCalledTimes(1);
  });

  it('causes a warning if its login stays refused while it is connecting, and is not disconnected', async () => {
    const { quix, client, warnings } = await attachClient(new Client());
    const refuseAgain = (): number => {
      client.refuseLogin(); // librdkafka tries all brokers, again and again
      return warnings.length;
    };
    await expect.poll(refuseAgain, { timeout: 3_000 }).toBe(1);
    expect(quix.describe().exchanges).toBe(2);
    expect(warnings[0]?.code).toBe('KAFKA_LOGIN_REFUSED');
    expect(warnings[0]?.message).toContain('QUIX_CREDENTIALS_REFUSED');
    expect(client.disconnect).not.toHaveBeenCalled();
  });

  it('causes no warning about a refusal that was logged before it was connected', async () => {
    const { quix, client, codes, detach } = await attachClient(new Client());
    detaches.push(detach);
    client.refuseLogin();
    await expect.poll(() => quix.describe().exchanges).toBe(2);
    client.refuseLogin();
    client.connected();
    await new Promise((resolve) => setTimeout(resolve, 800)); // longer than the grace period
    expect(codes()).toEqual([]);
    expect(quix.describe().logins).toMatchObject({ accepted: 1, refused: 1 });
  });

  it('counts its login if it was connected before attach()', async () => {
    const client = new Client();
    client.connected();
    const { quix, detach } = await attachClient(client);
    detaches.push(detach);
    expect(quix.describe().logins.accepted).toBe(1);
  });

  it('has no listeners and no effect after detach()', async () => {
    const { portal, quix, client, detach, codes } = await attachConnected(new Client());
    detach();
    detach();
    for (const event of ['ready', 'disconnected', 'event.log'])
      expect(client.listenerCount(event)).toBe(0);
    portal.setBroker({ ca: (await createCertificateAuthority()).certificate });
    await quix.getBrokerCredentials({ forceRefresh: true });
    expect(codes()).toEqual(['CA_CHANGED']);
    expect(quix.listenerCount('credentials')).toBe(0);
  });

  it('detaches itself when it is disconnected', async () => {
    const { quix, client } = await attachConnected(new Client());
    client.disconnect(() => undefined);
    expect(quix.listenerCount('credentials')).toBe(0);
    expect(client.listenerCount('event.log')).toBe(0);
  });
});
