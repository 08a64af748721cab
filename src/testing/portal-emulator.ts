import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequestListener } from './request-listener.ts';
import { PortalState, type PortalStateOptions } from './portal-state.ts';

/**
 * Maximum number of connections that wait to be accepted. With Node's default of 511, a test with
 * more clients would lose connection attempts, which the operating system repeats after a second.
 */
const BACKLOG = 4_096;

/**
 * Options of {@link startPortalEmulator}.
 *
 * @example
 * ```ts
 * import { startPortalEmulator, type PortalEmulatorOptions } from 'quix-streams-auth/testing';
 *
 * const options: PortalEmulatorOptions = { port: 8080, topics: ['f1-data'], latencyMs: 50 };
 * await using portal = await startPortalEmulator(options);
 * console.log(portal.url); // http://127.0.0.1:8080
 * ```
 */
export interface PortalEmulatorOptions extends PortalStateOptions {
  /** Port on 127.0.0.1. Default: 0, which selects a free port. */
  readonly port?: number;
}

/**
 * A running Portal emulator. {@link startPortalEmulator} starts one.
 *
 * @example
 * ```ts
 * import { startPortalEmulator, type PortalEmulator } from 'quix-streams-auth/testing';
 *
 * const portal: PortalEmulator = await startPortalEmulator();
 * console.log(portal.url, portal.env.Quix__Portal__Api === portal.url);
 * await portal.close();
 * ```
 */
export class PortalEmulator extends PortalState {
  readonly #server: Server;
  #url: string | undefined;

  /** @internal */
  constructor(options: PortalEmulatorOptions, server: Server) {
    super(options);
    this.#server = server;
  }

  /** Base URL of the Portal API, for example `http://127.0.0.1:8080`. */
  get url(): string {
    // Cached, because a closed server does not report its address.
    return (this.#url ??= `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  /** Environment variables for the client's option `env`, or for a child process. */
  get env(): { Quix__Sdk__Token: string; Quix__Portal__Api: string } {
    return { Quix__Sdk__Token: this.token1, Quix__Portal__Api: this.url };
  }

  /** Stops the server and immediately closes all connections. Further calls do nothing. */
  async close(): Promise<void> {
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }

  /** Same as {@link PortalEmulator.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Starts an emulated Quix Portal on 127.0.0.1, for tests of a service. The emulator has the
 * endpoints that a streaming client needs, two streaming tokens that a test can rotate,
 * permissions, latency and faults. Tokens and passwords are random by default.
 *
 * The emulator keeps the process alive until it is closed with `close()` or `await using`.
 *
 * @throws QuixError `QUIX_CONFIG` for an empty list of workspaces, for workspaces without an id or
 * with the same id, for fixed tokens that are not valid, and for a broker `ca` that is not a PEM
 * certificate
 * @throws Node's error, for example with the code `EADDRINUSE`, if the port is not available
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
 * portal.rotateTokens(); // deactivates the token that the client uses
 * portal.faults.push({ status: 503, times: 2 }); // the next two requests fail
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
  server.on('request', createRequestListener(emulator, emulator.url));
  return emulator;
}
