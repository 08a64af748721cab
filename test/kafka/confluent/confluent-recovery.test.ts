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
    await expect.poll(() => quix.describe().exchanges).toBe(2); // the Portal is late
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
    ['counts no accepted login after a refusal if no broker answers', new Error('timed out'), 1],
  ])('%s', async (_, error, accepted) => {
    const { portal, quix, client, connected } = await connectClient('consumer');
    expect(quix.describe().logins).toMatchObject({ accepted: 1, refused: 0 });
    portal.setBroker({ sasl: { password: 'new-password' } });
    connected.refuseLogin();
    await expect.poll(() => connected.getMetadata.mock.calls.length).toBe(1);
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

describe('a connected producer of confluentKafka(), when the CA changes,', () => {
  async function changeCa(config?: object) {
    const all = await connectClient('producer', config);
    const change = async (): Promise<void> => {
      all.portal.setBroker({ ca: await newCa() });
      await all.quix.getBrokerCredentials({ forceRefresh: true });
    };
    return { ...all, change };
  }

  it('is replaced by a new one, with a warning, and sends with the new one', async () => {
    const { client, library, connected, warnings, change } = await changeCa();
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
    const { client, library, connected, change } = await changeCa();
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
    const { client, connected, change } = await changeCa();
    connected.send.mockReturnValue(new Promise(() => undefined));
    const undelivered = client.send();
    await change();
    await expect(undelivered).rejects.toMatchObject({ retryable: true });
    await client.disconnect();
  });

  it('stays in use if the new one cannot connect', async () => {
    const { client, library, connected, warnings, change } = await changeCa();
    library.connecting = Promise.reject(new Error('no broker'));
    library.connecting.catch(() => undefined);
    await change();
    await expect.poll(() => warnings.length).toBe(3);
    expect(warnings[2]?.message).toMatch(/cannot connect.*disconnect\(\)/);
    expect(warnings[2]?.message).not.toContain('no broker'); // it could contain a secret
    await client.send();
    expect(connected.send).toHaveBeenCalledTimes(1);
    expect(connected.disconnect).not.toHaveBeenCalled();
    await client.disconnect();
  });

  it.each([{ 'transactional.id': 'id' }, { kafkaJS: { transactionalId: 'id' } }])(
    'is not replaced if it is transactional (%j)',
    async (config) => {
      const { client, library, change } = await changeCa(config);
      await change();
      await new Promise(setImmediate);
      expect(library.built).toHaveLength(2);
      await client.disconnect();
    },
  );
});
