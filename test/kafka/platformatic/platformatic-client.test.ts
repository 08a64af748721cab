import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { Admin, Consumer, Producer, stringSerializers } from '@platformatic/kafka';
import { platformaticClient } from 'quix-streams-auth/platformatic';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createCertificateAuthority } from '../../support/certificates.ts';
import { errorThrown } from '../../support/errors.ts';
import { closeAfterEach, makeClient, startPortal } from '../../support/portal-clients.ts';
import { startSaslBroker } from '../../support/sasl-broker.ts';
import { startListener } from '../../support/scripted-server.ts';

closeAfterEach();

it('handles each error event of a connection that is reset during a login', async () => {
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
  // vitest fails if an error event has no listener.
  await expect(producer.send({ messages: [{ topic: 'any', value: '1' }] })).rejects.toThrow();
  await producer.close();
});

it('exchanges the token if the certificate of a broker other than a bootstrap broker is not trusted', async () => {
  const authority = await createCertificateAuthority();
  const other = await createCertificateAuthority('Other CA');
  const bootstrap = await startSaslBroker({ identity: await authority.issue(['localhost']) });
  const leader = await startSaslBroker({ identity: await other.issue(['localhost']) });
  const portal = await startPortal();
  portal.setBroker({
    brokers: [bootstrap.address],
    securityProtocol: 'SASL_SSL',
    sasl: { mechanism: 'PLAIN' },
    ca: authority.certificate,
  });
  const quix = makeClient(portal);
  const admin = platformaticClient(quix, Admin, { retries: 0 });
  onTestFinished(() => admin.close());
  await admin.metadata({ topics: [] });
  portal.setBroker({ ca: other.certificate });
  const connect = () => admin.connections.get({ host: 'localhost', port: leader.port });
  await expect(connect()).rejects.toThrow();
  await expect.poll(() => quix.describe().generation).toBe(2);
  await connect();
  expect(leader.logins).toHaveLength(1);
});

/** Returns the property descriptors of a class and of the classes that it extends. */
function descriptorsOf(Client: { readonly prototype: object }): PropertyDescriptorMap[] {
  const all: PropertyDescriptorMap[] = [];
  let level: object | null = Client.prototype;
  while (level) {
    all.push(Object.getOwnPropertyDescriptors(level));
    level = Object.getPrototypeOf(level) as object | null;
  }
  return all;
}

describe('platformaticClient()', () => {
  it.each([
    ['Producer', Producer],
    ['Consumer', Consumer],
    ['Admin', Admin],
  ])('returns an instance of the class %s that was passed, with its name', async (name, Client) => {
    const quix = makeClient(await startPortal());
    const options = { groupId: 'group' };
    const client = platformaticClient(quix, Client as typeof Consumer, options);
    expect(client).toBeInstanceOf(Client);
    expect(client.constructor.name).toBe(name);
    expect(inspect(client, { depth: 0 })).toMatch(new RegExp(`^${name} `));
    await client.close();
  });

  it("does not change the library's class, and derives one class for all clients", async () => {
    const before = descriptorsOf(Producer);
    const quix = makeClient(await startPortal());
    const [one, other] = [platformaticClient(quix, Producer), platformaticClient(quix, Producer)];
    expect(Object.getPrototypeOf(one)).toBe(Object.getPrototypeOf(other));
    expect(Object.getPrototypeOf(one)).not.toBe(Producer.prototype);
    expect(descriptorsOf(Producer)).toEqual(before);
  });

  it('keeps the passed class as the constructor of a client', async () => {
    const client = platformaticClient(makeClient(await startPortal()), Producer);
    const Same = client.constructor as typeof Producer;
    const another = new Same({ clientId: 'own', bootstrapBrokers: ['localhost:1'] });
    expect(Object.getPrototypeOf(another)).toBe(Producer.prototype);
  });

  it('accepts a class of the user that extends a class of the library', async () => {
    class Counting extends Producer {
      sent = 0;
    }
    const quix = makeClient(await startPortal());
    const client: Producer = platformaticClient(quix, Counting as typeof Producer);
    expect(client).toBeInstanceOf(Counting);
    expect(client).toMatchObject({ sent: 0 });
  });

  it('exchanges the token for a client that connects in its constructor', async () => {
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

  it.each([
    ['the brokers of the environment', undefined],
    ["the user's own brokers", ['127.0.0.1:1']],
  ])('exchanges the token and connects to %s', async (_, brokers) => {
    const connected = vi.fn();
    const { port } = await startListener((socket) => {
      connected();
      socket.destroy();
    });
    const listener = [`127.0.0.1:${port}`];
    const portal = await startPortal();
    portal.setBroker({ brokers: brokers ?? listener, securityProtocol: 'SASL_PLAINTEXT' });
    const quix = makeClient(portal);
    const own = brokers && { bootstrapBrokers: listener };
    const admin = platformaticClient(quix, Admin, { retries: 0, ...own });
    await expect(admin.listTopics()).rejects.toThrow();
    expect(connected).toHaveBeenCalled();
    expect(quix.describe()).toMatchObject({ exchanges: 1 });
    await admin.close();
  });

  it('rejects a class if its constructor returns another object, which would connect without an exchange', async () => {
    const quix = makeClient(await startPortal());
    const Other = new Proxy(Producer, {
      construct: (target, args) => new target(...(args as [never])),
    });
    expect(() => platformaticClient(quix, Other)).toThrow(
      expect.objectContaining({ code: 'QUIX_UNSUPPORTED' }) as Error,
    );
  });

  it.each([
    ['of another library', Map],
    ['that cannot be extended', () => undefined],
  ])('rejects a class %s', async (_, each) => {
    const quix = makeClient(await startPortal());
    const { code, hint } = errorThrown(() => platformaticClient(quix, each as never));
    expect(code).toBe('QUIX_UNSUPPORTED');
    const { peerDependencies } = createRequire(import.meta.url)('../../../package.json') as {
      peerDependencies: Record<string, string>;
    };
    expect(hint).toContain(peerDependencies['@platformatic/kafka']);
  });

  it('rejects version 2 on Node 20, and names both versions', async () => {
    const quix = makeClient(await startPortal());
    const before = Object.getOwnPropertyDescriptor(Promise, 'withResolvers');
    Reflect.deleteProperty(Promise, 'withResolvers');
    onTestFinished(() => {
      if (before) Object.defineProperty(Promise, 'withResolvers', before);
    });
    class Version2 extends Producer {}
    const base = Object.getPrototypeOf(Producer.prototype) as Producer;
    // Each method of version 2 calls Promise.withResolvers() first.
    const promises = Promise as never as { withResolvers: () => Promise<never> };
    vi.spyOn(base, 'listApis').mockImplementation(() => promises.withResolvers());
    const { code, message } = errorThrown(() => platformaticClient(quix, Version2 as never));
    expect(code).toBe('QUIX_UNSUPPORTED');
    expect(message).toContain('Node 22.22');
    expect(message).toContain(`Node ${process.versions.node}`);
  });
});
