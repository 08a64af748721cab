import { QuixStreamingClient, type QuixClientOptions } from 'quix-streams-auth';
import {
  startPortalEmulator,
  type PortalEmulator,
  type PortalEmulatorOptions,
} from 'quix-streams-auth/testing';
import { afterEach } from 'vitest';

const open: { close(): Promise<void> }[] = [];

/** Starts a Portal emulator that is closed after the test. */
export async function startPortal(options?: PortalEmulatorOptions): Promise<PortalEmulator> {
  const portal = await startPortalEmulator(options);
  open.push(portal);
  return portal;
}

/** Creates a client of a Portal emulator that is closed after the test. */
export function makeClient(
  portal: PortalEmulator,
  options: QuixClientOptions = {},
): QuixStreamingClient {
  const client = new QuixStreamingClient({ env: portal.env, ...options });
  open.push(client);
  return client;
}

/** Returns method and path of each request to the Portal. */
export const asked = (portal: PortalEmulator): string[] =>
  portal.requests.map(({ method, path }) => `${method} ${path}`);

/** Closes portals and clients after each test. Call it once at the top of a test file. */
export function closeAfterEach(): void {
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()));
  });
}
