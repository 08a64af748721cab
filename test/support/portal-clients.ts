import { QuixStreamingClient, type QuixClientOptions } from 'quix-streams-auth';
import {
  startPortalEmulator,
  type PortalEmulator,
  type PortalEmulatorOptions,
} from 'quix-streams-auth/testing';
import { afterEach } from 'vitest';

const open: { close(): Promise<void> }[] = [];

/** A Portal that is closed after the test. */
export async function startPortal(options?: PortalEmulatorOptions): Promise<PortalEmulator> {
  const portal = await startPortalEmulator(options);
  open.push(portal);
  return portal;
}

/** A client of that Portal that is closed after the test. */
export function makeClient(
  portal: PortalEmulator,
  options: QuixClientOptions = {},
): QuixStreamingClient {
  const client = new QuixStreamingClient({ env: portal.env, ...options });
  open.push(client);
  return client;
}

/** What was asked of the Portal: method and path. */
export const asked = (portal: PortalEmulator): string[] =>
  portal.requests.map(({ method, path }) => `${method} ${path}`);

/** To be called once at the top of a test file. */
export function closeAfterEach(): void {
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()));
  });
}
