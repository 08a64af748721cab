import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { portalHandlers } from './portal-handlers.ts';
import { PortalState, type PortalStateOptions } from './portal-state.ts';
import { requestListener } from './request-listener.ts';

/** A fleet that connects at once is let in; Node's own 511 has the rest try again a second later. */
const BACKLOG = 4_096;

/**
 * What an emulator begins with, and where it listens.
 *
 * @example
 * ```ts
 * import { startPortalEmulator } from 'quix-streams-auth/testing';
 *
 * const portal = await startPortalEmulator({ port: 8080, topics: ['f1-data'], latencyMs: 50 });
 * console.log(portal.url); // http://127.0.0.1:8080
 * ```
 */
export interface PortalEmulatorOptions extends PortalStateOptions {
  /** Port on 127.0.0.1. Default: 0, a free one. */
  readonly port?: number;
}

/** A Portal on this machine: see {@link startPortalEmulator}. */
export class PortalEmulator extends PortalState {
  readonly #server: Server;
  #url: string | undefined;

  /** @internal */
  constructor(options: PortalEmulatorOptions, server: Server) {
    super(options);
    this.#server = server;
  }

  /** `http://127.0.0.1:<port>` */
  get url(): string {
    // Kept: a closed server has no address any more.
    return (this.#url ??= `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  /** What a service needs to know: for the client's option `env`, or for a child's environment. */
  get env(): { Quix__Sdk__Token: string; Quix__Portal__Api: string } {
    return { Quix__Sdk__Token: this.token1, Quix__Portal__Api: this.url };
  }

  /** Stops listening and ends each connection at once. May be called again. */
  async close(): Promise<void> {
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Starts a Quix Portal on 127.0.0.1 to test a service against: it knows the endpoints that a
 * streaming client needs, two streaming tokens that rotate as in Quix, permissions, latency and
 * faults. Tokens and passwords are random. It keeps the process alive until it is closed, with
 * `close()` or `await using`.
 *
 * Needs the package msw (2.10 or newer) to be installed.
 *
 * @throws QuixError `QUIX_CONFIG` for workspaces without an id, or with the same one; Node's own
 * error when the port is taken
 *
 * @example
 * ```ts
 * import { QuixStreamingClient } from 'quix-streams-auth';
 * import { startPortalEmulator } from 'quix-streams-auth/testing';
 *
 * const portal = await startPortalEmulator({ broker: { brokers: ['localhost:9093'] } });
 * const quix = new QuixStreamingClient({ env: portal.env });
 * console.log((await quix.getBrokerCredentials()).brokers); // [ 'localhost:9093' ]
 * console.log(portal.requests.map(({ path, status }) => `${path} ${status}`));
 *
 * portal.rotateTokens(); // the token in use is deactivated
 * portal.faults.push({ status: 503, times: 2 }); // the Portal fails twice, then answers
 *
 * await quix.close();
 * await portal.close();
 * ```
 */
export async function startPortalEmulator(
  options: PortalEmulatorOptions = {},
): Promise<PortalEmulator> {
  const server = createServer();
  const emulator = new PortalEmulator(options, server);
  server.listen({ port: options.port ?? 0, host: '127.0.0.1', backlog: BACKLOG });
  await once(server, 'listening');
  const { url } = emulator;
  server.on('request', requestListener(portalHandlers(emulator, { baseUrl: url }), url));
  return emulator;
}
