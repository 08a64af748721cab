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

/** What a class and those that it extends have, with all of their methods. */
function descriptorsOf(Client: { readonly prototype: object }): PropertyDescriptorMap[] {
  const all: PropertyDescriptorMap[] = [];
  let level: object | null = Client.prototype;
  while (level) {
    all.push(Object.getOwnPropertyDescriptors(level));
    level = Object.getPrototypeOf(level) as object | null;
  }
  return all;
}

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

  it("leaves the library's own class as it is, and every client has the same one", async () => {
    const before = descriptorsOf(Producer);
    const quix = makeClient(await startPortal());
    const [one, other] = [platformaticClient(quix, Producer), platformaticClient(quix, Producer)];
    expect(Object.getPrototypeOf(one)).toBe(Object.getPrototypeOf(other));
    expect(Object.getPrototypeOf(one)).not.toBe(Producer.prototype);
    expect(descriptorsOf(Producer)).toEqual(before);
  });

  it('leads to the class that was passed when another one is constructed like it', async () => {
    const client = platformaticClient(makeClient(await startPortal()), Producer);
    const Same = client.constructor as typeof Producer;
    const another = new Same({ clientId: 'own', bootstrapBrokers: ['localhost:1'] });
    expect(Object.getPrototypeOf(another)).toBe(Producer.prototype);
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

  it('asks for the exchange when its own constructor connects already', async () => {
    const portal = await startPortal();
    portal.setBroker({ brokers: ['127.0.0.1:1'], securityProtocol: 'SASL_PLAINTEXT' });
    let connecting: Promise<unknown> | undefined;
    class Eager extends Producer {
      constructor(options: never) {
        super(options);
        connecting = this.metadata({ topics: [] });
      }
    }
    const quix = makeClient(portal);
    platformaticClient(quix, Eager as typeof Producer, { retries: 0 });
    await expect(connecting).rejects.toThrow();
    expect(quix.describe()).toMatchObject({ state: 'ready', exchanges: 1 });
  });

  it('of a class that constructs something else is refused: it would connect without an exchange', async () => {
    const quix = makeClient(await startPortal());
    const Other = new Proxy(Producer, {
      construct: (target, args) => new target(...(args as [never])),
    });
    expect(() => platformaticClient(quix, Other)).toThrow(
      expect.objectContaining({ code: 'QUIX_UNSUPPORTED' }) as Error,
    );
  });

  it.each([
    ['of another version', Map],
    ['that is no class', () => undefined],
  ])('%s, without the places to hook in, is refused', async (_, each) => {
    const quix = makeClient(await startPortal());
    expect(() => platformaticClient(quix, each as never)).toThrow(
      expect.objectContaining({ code: 'QUIX_UNSUPPORTED' }) as Error,
    );
  });
});
