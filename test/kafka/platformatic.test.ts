import { inspect } from 'node:util';
import { Admin, Consumer, Producer, stringSerializers } from '@platformatic/kafka';
import { platformaticClient } from 'quix-streams-auth/platformatic';
import { describe, expect, it } from 'vitest';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { startListener } from '../support/scripted-server.ts';

closeAfterEach();

it('hears every error of a connection that is reset while it logs in', async () => {
  const { port } = await startListener((socket) => {
    socket.once('data', () => socket.resetAndDestroy());
  });
  const portal = await startPortal();
  portal.setBroker({ brokers: [`127.0.0.1:${port}`], securityProtocol: 'SASL_PLAINTEXT' });
  const quix = makeClient(portal);
  await quix.getBrokerCredentials();
  const producer = platformaticClient(quix, Producer, {
    serializers: stringSerializers,
    retries: 0,
  });
  // vitest fails a run in which an error was thrown to nobody.
  await expect(producer.send({ messages: [{ topic: 'any', value: '1' }] })).rejects.toThrow();
  await producer.close();
});

describe('a client', () => {
  it.each([
    ['Producer', Producer],
    ['Consumer', Consumer],
    ['Admin', Admin],
  ])('is an instance of the %s that was passed, and goes by its name', async (name, Client) => {
    const quix = makeClient(await startPortal());
    const options = { groupId: 'group' };
    const client = platformaticClient(quix, Client as typeof Consumer, options);
    expect(client).toBeInstanceOf(Client);
    expect(client.constructor.name).toBe(name);
    expect(inspect(client, { depth: 0 })).toMatch(new RegExp(`^${name} `));
    await client.close();
  });

  it("leaves the library's own class as it is", async () => {
    const symbols = () => Object.getOwnPropertySymbols(Producer.prototype);
    const before = symbols();
    const quix = makeClient(await startPortal());
    const [one, other] = [platformaticClient(quix, Producer), platformaticClient(quix, Producer)];
    expect(one.constructor).toBe(other.constructor);
    expect(symbols()).toEqual(before);
    expect(one.constructor).not.toBe(Producer);
  });

  it('can be of a class of the user that extends one of the library', async () => {
    class Counting extends Producer {
      sent = 0;
    }
    const quix = makeClient(await startPortal());
    const client: Producer = platformaticClient(quix, Counting as typeof Producer);
    expect(client).toBeInstanceOf(Counting);
    expect(client).toMatchObject({ sent: 0 });
  });

  it('of another version without the places to hook in is refused by name', async () => {
    const quix = makeClient(await startPortal());
    expect(() => platformaticClient(quix, Map as never)).toThrow(
      expect.objectContaining({ code: 'QUIX_UNSUPPORTED' }) as Error,
    );
  });
});
