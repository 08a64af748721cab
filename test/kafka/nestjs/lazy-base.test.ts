import { readFileSync } from 'node:fs';
import * as nest from '@nestjs/microservices';
import { QuixKafkaClient, QuixKafkaServer } from 'quix-streams-auth/nestjs';
import { expect, it } from 'vitest';
import { USED_MEMBERS } from '../../../src/kafka/nestjs/lazy-base.ts';
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

const CLASSES = ['ServerKafka', 'ClientKafka'] as const;

it.each(CLASSES)('Nest has the members of %s that docs/nestjs.md lists', (name) => {
  const page = readFileSync(new URL('../../../docs/nestjs.md', import.meta.url), 'utf8');
  const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\``)) ?? '';
  const members = [...row.matchAll(/`(\w+)`/g)].map(([, member]) => member).slice(1);
  expect(members).toEqual(USED_MEMBERS[name]);
  const instance = new nest[name]({});
  for (const member of members) expect(instance).toHaveProperty(member ?? '');
});

it.each(CLASSES)(
  'rejects a version of Nest in which a member of %s has another name',
  async (name) => {
    const quix = makeClient(await startPortal());
    const Subclass = { ServerKafka: QuixKafkaServer, ClientKafka: QuixKafkaClient }[name];
    const { prototype } = nest[name];
    const original = Object.getOwnPropertyDescriptor(prototype, 'close') ?? {};
    Reflect.deleteProperty(prototype, 'close');
    try {
      expect(errorThrown(() => new Subclass(quix))).toMatchObject({
        code: 'QUIX_UNSUPPORTED',
        message: expect.stringMatching(/@nestjs\/microservices@12/) as unknown,
      });
    } finally {
      Object.defineProperty(prototype, 'close', original);
    }
  },
);
