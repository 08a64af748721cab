import { Kafka } from 'kafkajs';
import { QuixStreamingClient, type QuixClientOptions } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { startPortalEmulator, type PortalEmulator } from 'quix-streams-auth/testing';

const clients: QuixStreamingClient[] = [];
/** Creates a client that is closed after the test. */
function createClient(options: QuixClientOptions = {}): QuixStreamingClient {
  const quix = new QuixStreamingClient(options);
  clients.push(quix);
  return quix;
}

afterEach(async () => {
  for (const quix of clients.splice(0)) await quix.close();
  jest.useRealTimers();
});

test('a streaming token', async () => {
  const { sasl, workspaceId } = await createClient().getBrokerCredentials();
  expect(workspaceId).toBe('org-project-dev');
  expect(sasl?.mechanism).toBe('SCRAM-SHA-512');
});

test('the configuration for kafkajs', async () => {
  const config = kafkaJSConfig(createClient());
  expect(new Kafka(config).producer()).toHaveProperty('send');
});

test('default fake timers', async () => {
  jest.useFakeTimers();
  const { brokers } = await createClient().getBrokerCredentials();
  expect(brokers).not.toEqual([]);
});

describe('with the emulator', () => {
  let portal: PortalEmulator;
  beforeAll(async () => {
    portal = await startPortalEmulator({ topics: ['f1-data'] });
  });
  afterAll(() => portal.close());

  test('a topic', async () => {
    const topic = await createClient({ env: { ...portal.env } }).getTopic('f1-data');
    expect(topic.id).toBe('org-project-dev-f1-data');
  });

  test('a Personal Access Token, which is a JWT', async () => {
    const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const inOneHour = Math.floor(Date.now() / 1000) + 3600;
    const pat = [{ alg: 'RS256' }, { exp: inOneHour }, 'signature'].map(encode).join('.');
    portal.addToken({ token: pat });
    const quix = createClient({ token: pat, env: { ...portal.env } });
    expect((await quix.getBrokerCredentials()).workspaceId).toBe('org-project-dev');
  });
});
