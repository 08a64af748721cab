import { describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../support/certificates.ts';
import { closeAfterEach } from '../../support/portal-clients.ts';
import { connectClient, type FakeClient } from '../support/fake-confluent.ts';

closeAfterEach();

const UNTRUSTED =
  'ssl://broker:9093/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed';

const newCa = async (): Promise<string> => (await createCertificateAuthority()).certificate;

function clientAt(built: readonly FakeClient[], index: number): FakeClient {
  const client = built[index];
  if (!client) throw new Error(`The adapter has not created client ${index}.`);
  return client;
}

describe('a connected client of confluentKafka()', () => {
  it('requests the credentials again after a refused login, even if librdkafka logs no other refusal', async () => {
    const { portal, quix, client, connected } = await connectClient('consumer');
    connected.refuseLogin();
    await expect.poll(() => quix.describe().exchanges).toBe(2); // the Portal still returned the refused password
    portal.setBroker({ sasl: { password: 'second' } });
    const password = (): unknown => connected.setSaslCredentials.mock.lastCall?.[1];
    await expect.poll(password, { timeout: 3_000 }).toBe('second');
    portal.setBroker({ sasl: { password: 'third' } });
    await expect.poll(password, { timeout: 3_000 }).toBe('third');
    await client.disconnect();
  });

  it('sends no further requests after disconnect()', async () => {
    const { quix, client, connected } = await connectClient('consumer');
    connected.refuseLogin();
    await expect.poll(() => quix.describe().exchanges).toBe(2);
    await client.disconnect();
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(quix.describe().exchanges).toBe(2);
  });

  it.each([
    ['counts an accepted login after a refusal once a broker answers', undefined, 2],
    [
      'does not count an accepted login after a refusal if no broker answers',
      new Error('timed out'),
      1,
    ],
  ])('%s', async (_, error, accepted) => {
    const { portal, quix, client, connected } = await connectClient('consumer');
    expect(quix.describe().logins).toMatchObject({ accepted: 1, refused: 0 });
    portal.setBroker({ sasl: { password: 'new-password' } });
    connected.refuseLogin();
    await expect.poll(() => connected.getMetadata.mock.calls.length, { timeout: 3_000 }).toBe(1);
    expect(quix.describe().logins).toMatchObject({ accepted: 1, refused: 1 });
    connected.getMetadata.mock.lastCall?.[1](error);
    await new Promise(setImmediate);
    expect(quix.describe().logins).toMatchObject({ accepted, refused: 1, ended: 0 });
    await client.disconnect();
  });

  it('exchanges the token after librdkafka rejected the certificate of a broker, and warns', async () => {
    const { portal, quix, client, connected, warnings } = await connectClient('consumer');
    portal.setBroker({ ca: await newCa() });
    connected.log(UNTRUSTED);
    await expect.poll(() => warnings.length).toBe(2);
    expect(warnings.map(({ code }) => code)).toEqual(['CA_CHANGED', 'KAFKA_CLIENT_OUTDATED']);
    expect(quix.describe()).toMatchObject({ exchanges: 2, refusals: 1 });
    await client.disconnect();
  });
});

async function changeCa(kind: 'producer' | 'consumer', config?: object) {
  const all = await connectClient(kind, config);
  const change = async (): Promise<void> => {
    all.portal.setBroker({ ca: await newCa() });
    await all.quix.getBrokerCredentials({ forceRefresh: true });
  };
  return { ...all, change };
}

describe('a connected producer of confluentKafka(), when the CA changes,', () => {
  it('is replaced by a new one, with a warning, and sends with the new one', async () => {
    const { client, library, connected, warnings, change } = await changeCa('producer');
    await change();
    await expect.poll(() => connected.disconnect.mock.calls.length).toBe(1);
    await client.send();
    expect(clientAt(library.built, 2).send).toHaveBeenCalledTimes(1);
    expect(connected.send).not.toHaveBeenCalled();
    expect(warnings.map(({ code }) => code)).toContain('KAFKA_CLIENT_OUTDATED');
    await client.disconnect();
    expect(clientAt(library.built, 2).disconnect).toHaveBeenCalledTimes(1);
  });

  it('delays messages until the old one has stopped', async () => {
    const { client, library, connected, change } = await changeCa('producer');
    let finish = (): void => undefined;
    connected.disconnect.mockReturnValue(new Promise((resolve) => (finish = resolve)));
    await change();
    await expect.poll(() => connected.disconnect.mock.calls.length).toBe(1);
    const sent = client.send();
    await new Promise(setImmediate);
    expect(clientAt(library.built, 2).send).not.toHaveBeenCalled();
    finish();
    expect(await sent).toBe('sent');
    expect(clientAt(library.built, 2).send).toHaveBeenCalledTimes(1);
    await client.disconnect();
  });

  it('rejects messages that the old one has not delivered', async () => {
    const { client, connected, change } = await changeCa('producer');
    connected.send.mockReturnValue(new Promise(() => undefined));
    const undelivered = client.send();
    await change();
    await expect(undelivered).rejects.toMatchObject({ retryable: true });
    await client.disconnect();
  });

  it('stays in use if the new one cannot connect', async () => {
    const { client, library, connected, warnings, change } = await changeCa('producer');
    library.connecting = Promise.reject(new Error('no broker'));
    library.connecting.catch(() => undefined);
    await change();
    await expect.poll(() => warnings.length).toBe(3);
    expect(warnings[2]?.message).toMatch(/could not be replaced.*disconnect\(\)/);
    expect(warnings[2]?.message).not.toContain('no broker'); // it could contain a secret
    await client.send();
    expect(connected.send).toHaveBeenCalledTimes(1);
    expect(connected.disconnect).not.toHaveBeenCalled();
    await client.disconnect();
  });

  it('is replaced after disconnect() and connect(), even if an earlier new one is still connecting', async () => {
    const { client, library, change } = await changeCa('producer');
    library.connecting = new Promise(() => undefined);
    await change();
    await expect.poll(() => library.built.length).toBe(3);
    library.connecting = Promise.resolve();
    await client.disconnect();
    await client.connect();
    await change();
    await expect.poll(() => library.built.length).toBe(5);
    await client.send();
    expect(clientAt(library.built, 4).send).toHaveBeenCalledTimes(1);
    await client.disconnect();
  });

  it.each([{ 'transactional.id': 'id' }, { kafkaJS: { transactionalId: 'id' } }])(
    'is not replaced if it is transactional (%j)',
    async (config) => {
      const { client, library, change } = await changeCa('producer', config);
      await change();
      await new Promise(setImmediate);
      expect(library.built).toHaveLength(2);
      await client.disconnect();
    },
  );
});

describe('a connected consumer of confluentKafka(), when the CA changes,', () => {
  /** Starts a consumer. `handled` contains the messages that `eachMessage` received. */
  async function runConsumer(config?: object) {
    const all = await changeCa('consumer', config);
    const handled: string[] = [];
    let finish = (): void => undefined;
    await all.client.subscribe({ topics: ['orders'] });
    await all.client.run({
      eachMessage: async ({ value }) => {
        handled.push(value);
        if (value === 'slow') await new Promise<void>((resolve) => (finish = resolve));
      },
    });
    const next = async (): Promise<FakeClient> => {
      await expect.poll(() => all.library.built[2]?.run.mock.calls.length).toBe(1);
      return clientAt(all.library.built, 2);
    };
    return {
      ...all,
      handled,
      next,
      finish: (): void => {
        finish();
      },
    };
  }

  it('is replaced by a new one with the same subscriptions, with a warning', async () => {
    const { client, connected, warnings, handled, change, next } = await runConsumer();
    await change();
    const replacement = await next();
    expect(connected.disconnect).toHaveBeenCalledTimes(1);
    expect(replacement.subscribe.mock.calls).toEqual([[{ topics: ['orders'] }]]);
    await replacement.deliver('first');
    expect(handled).toEqual(['first']);
    expect(warnings.map(({ code }) => code)).toEqual(['CA_CHANGED', 'KAFKA_CLIENT_OUTDATED']);
    await client.disconnect();
    expect(replacement.disconnect).toHaveBeenCalledTimes(1);
  });

  it('subscribes again only to topics that no other subscription has replaced', async () => {
    const { client, change, next } = await runConsumer();
    await client.subscribe({ topics: ['payments'], replace: true });
    await client.subscribe({ topics: ['refunds'] });
    await change();
    const { subscribe } = await next();
    expect(subscribe.mock.calls).toEqual([
      [{ topics: ['payments'], replace: true }],
      [{ topics: ['refunds'] }],
    ]);
    await client.disconnect();
  });

  it('first finishes its current message, and handles no further one', async () => {
    const { client, connected, library, handled, change, next, finish } = await runConsumer();
    const slow = connected.deliver('slow');
    await change();
    await expect.poll(() => connected.disconnect.mock.calls.length).toBe(1);
    await expect(connected.deliver('late')).rejects.toThrow('new consumer');
    expect(clientAt(library.built, 2).run).not.toHaveBeenCalled();
    finish();
    await slow;
    const replacement = await next();
    await expect(connected.deliver('later')).rejects.toThrow('new consumer');
    await replacement.deliver('late');
    expect(handled).toEqual(['slow', 'late']);
    await client.disconnect();
  });

  it('is replaced even if the disconnect() of the old one never settles', async () => {
    const { client, connected, change, next } = await runConsumer();
    connected.disconnect.mockReturnValue(new Promise(() => undefined));
    await change();
    await expect.poll(() => connected.disconnect.mock.calls.length).toBe(1);
    await next();
    await client.disconnect();
  });

  it('keeps partitions paused until the user resumes them', async () => {
    const { client, connected, change, next } = await runConsumer();
    const resume = client.pause([{ topic: 'orders' }]);
    connected.paused.mockReturnValue([{ topic: 'orders', partitions: [0] }]);
    await change();
    const replacement = await next();
    expect(replacement.pause).not.toHaveBeenCalled();
    replacement.rebalance();
    expect(replacement.pause).toHaveBeenCalledWith([{ topic: 'orders', partitions: [0] }]);
    resume();
    expect(replacement.resume).toHaveBeenCalledWith([{ topic: 'orders' }]);
    await client.disconnect();
  });

  it('stops the new one if disconnect() is called while the old one is stopping', async () => {
    const { client, connected, library, change, finish } = await runConsumer();
    const slow = connected.deliver('slow');
    await change();
    await expect.poll(() => connected.disconnect.mock.calls.length).toBe(1);
    const disconnected = client.disconnect();
    finish();
    await Promise.all([slow, disconnected]);
    expect(clientAt(library.built, 2).disconnect).toHaveBeenCalledTimes(1);
    expect(connected.disconnect).toHaveBeenCalledTimes(1);
  });

  it('stays in use if the new one could skip messages, because no offset is committed', async () => {
    const { client, connected, library, warnings, handled, change } = await runConsumer();
    library.committed = null;
    await change();
    await expect.poll(() => warnings.length).toBe(3);
    expect(warnings[2]?.message).toMatch(/no committed offset.*disconnect\(\)/);
    expect(connected.disconnect).not.toHaveBeenCalled();
    expect(clientAt(library.built, 2).disconnect).toHaveBeenCalledTimes(1);
    await connected.deliver('first');
    expect(handled).toEqual(['first']);
    await client.disconnect();
  });

  it('needs no committed offsets if it starts at the beginning', async () => {
    const { client, library, change, next } = await runConsumer({
      kafkaJS: { fromBeginning: true },
    });
    library.committed = null;
    await change();
    await next();
    await client.disconnect();
  });

  it('is replaced when librdkafka rejects a certificate, after an earlier replacement failed', async () => {
    const { client, connected, library, warnings, change } = await runConsumer();
    library.committed = null;
    await change();
    await expect.poll(() => warnings.length).toBe(3);
    library.committed = '5';
    connected.log(UNTRUSTED);
    await expect.poll(() => library.built[3]?.run.mock.calls.length).toBe(1);
    expect(connected.disconnect).toHaveBeenCalledTimes(1);
    await client.disconnect();
  });

  it.each([
    { 'enable.auto.commit': false },
    { 'enable.auto.commit': 'false' },
    { kafkaJS: { autoCommit: false } },
  ])('is not replaced if the user commits the offsets (%j)', async (config) => {
    const { client, library, warnings, change } = await runConsumer(config);
    await change();
    await new Promise(setImmediate);
    expect(warnings.at(-1)?.message).toContain('disconnect()');
    expect(library.built).toHaveLength(2);
    await client.disconnect();
  });
});
