import * as nest from '@nestjs/microservices';
import { QuixKafkaClient, QuixKafkaServer } from 'quix-streams-auth/nestjs';
import { expect, it } from 'vitest';
import { lazyBase } from '../../../src/kafka/nestjs/lazy-base.ts';
import { errorThrown } from '../../support/errors.ts';
import { closeAfterEach, makeClient, startPortal } from '../../support/portal-clients.ts';

closeAfterEach();

it('servers and clients are instances of the classes of Nest', async () => {
  const quix = makeClient(await startPortal());
  const server = new QuixKafkaServer(quix);
  expect(server).toBeInstanceOf(QuixKafkaServer);
  expect(server).toBeInstanceOf(nest.ServerKafka);
  expect(server.transportId).toBe(nest.Transport.KAFKA);
  const client = new QuixKafkaClient(quix);
  expect(client).toBeInstanceOf(QuixKafkaClient);
  expect(client).toBeInstanceOf(nest.ClientKafka);
});

it('a class of the user can extend a server, and override methods of Nest', async () => {
  class LoggingServer extends QuixKafkaServer {
    readonly handled: unknown[] = [];
    override getHandlerByPattern(pattern: string): nest.MessageHandler | null {
      this.handled.push(pattern);
      return super.getHandlerByPattern(pattern);
    }
  }
  const server = new LoggingServer(makeClient(await startPortal()));
  const handler = (): Promise<string> => Promise.resolve('handled');
  server.addHandler('f1-data', handler);
  expect(server.getHandlerByPattern('f1-data')).toBe(handler);
  expect(server.handled).toEqual(['f1-data']);
});

it('rejects a version of Nest that does not have the methods that are overridden', () => {
  const Base = lazyBase('ServerKafka', 'QuixKafkaServer', ['listen', 'methodOfAnotherVersion']);
  expect(errorThrown(() => new Base({}))).toMatchObject({
    code: 'QUIX_UNSUPPORTED',
    message: expect.stringMatching(/@nestjs\/microservices@12/) as unknown,
  });
});
