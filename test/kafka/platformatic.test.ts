import { Producer, stringSerializers } from '@platformatic/kafka';
import { platformaticClient } from 'quix-streams-auth/platformatic';
import { expect, it } from 'vitest';
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
