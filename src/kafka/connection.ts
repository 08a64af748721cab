import type { Socket } from 'node:net';

/** Below the 4 minutes after which cloud load balancers drop an idle connection without a word. */
const KEEP_ALIVE_MS = 60_000;

/** OpenSSL's codes for a broker whose certificate the CA at hand does not vouch for. */
export const UNTRUSTED_CERTIFICATE = /^(?:SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|CERT_)/;

export function keepAlive<S extends Socket>(socket: S): S {
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return socket;
}
