import { EventEmitter } from 'node:events';
import type { QuixWarning } from 'quix-streams-auth';
import { librdkafkaConfig } from 'quix-streams-auth/librdkafka';
import { vi, type Mock } from 'vitest';
import { makeClient, startPortal } from '../../support/portal-clients.ts';

/** Stands for a `Producer` or `KafkaConsumer` of node-rdkafka, which is not installed for unit tests. */
export class FakeNodeRdkafka extends EventEmitter {
  _client = {};
  _isConnecting = false;
  readonly getMetadata = vi.fn<(options: object, callback: (error: unknown) => void) => void>();
  readonly disconnect = vi.fn((callback: () => void): void => {
    this.#isConnected = false;
    this.emit('disconnected', {});
    callback();
  });
  /** A producer does not have this method. */
  unsubscribe: Mock | undefined = vi.fn();
  #isConnected = false;

  isConnected(): boolean {
    return this.#isConnected;
  }

  /** Ends an attempt to connect, as the library does after the first response of a broker. */
  connected(): void {
    this.#isConnected = true;
    this.emit('ready', {});
  }

  refuseLogin(reason = 'Authentication failed'): void {
    this.log(`broker:9093: SASL authentication error: ${reason}`);
  }

  log(message: string): void {
    this.emit('event.log', { message });
  }
}

/** Stands for a client of the classic API of @confluentinc/kafka-javascript. */
export class FakeConfluentClassic extends FakeNodeRdkafka {
  readonly setLogin = vi.fn<(username: string, password: string) => void>();
  override _client = { setSaslCredentials: this.setLogin };
  readonly setSaslCredentials = (): void => {
    throw new Error('The adapter must call the method of the C++ client.');
  };
}

/** Creates a config and attaches a client to it. The client is not connected. */
export async function attachClient<Client extends FakeNodeRdkafka>(
  client: Client,
  overrides: object = {},
  replace?: () => unknown,
) {
  const portal = await startPortal();
  const quix = makeClient(portal, { workspaceId: portal.workspaceId });
  const warnings: QuixWarning[] = [];
  quix.on('warning', (warning) => warnings.push(warning));
  const { config, attach } = await librdkafkaConfig(quix, overrides);
  const detach = attach(client, replace);
  const codes = (): string[] => warnings.map(({ code }) => code);
  return { portal, quix, client, config, attach, detach, warnings, codes };
}
