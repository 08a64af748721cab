import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { untilAborted } from '../../abort.ts';
import { errorCode } from '../../sanitize-error.ts';
import { StepFault, type Finding } from './checkup.ts';

/** Where a connection leads. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Certificates that end sooner than this are worth a word. */
const EXPIRES_SOON_MS = 14 * 24 * 60 * 60 * 1_000;

const REMEDIES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'Check the name for a typo, and DNS: private names may need a VPN.',
  EAI_AGAIN: 'DNS does not answer: check the network of this machine.',
  ECONNREFUSED: 'Nothing listens there: check the port.',
  ECONNRESET: 'Something on the way ended the connection: look at firewalls, and at the port.',
  ETIMEDOUT: 'A firewall may drop it without a word: have outgoing connections to it allowed.',
  ENETUNREACH: 'There is no route to it: check the network, or the VPN.',
  EHOSTUNREACH: 'There is no route to it: check the network, or the VPN.',
};

/** Rejects with what went wrong, in words; a deadline counts as ETIMEDOUT. */
async function attempt<T>(what: string, timeoutMs: number, run: () => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await untilAborted(run(), signal);
  } catch (error) {
    const code = signal.aborted ? 'ETIMEDOUT' : (errorCode(firstOf(error)) ?? 'error');
    const within = signal.aborted ? `, not within ${timeoutMs / 1_000} s` : '';
    throw new StepFault(
      `${what} (${code}${within}).`,
      REMEDIES[code] ?? 'Check the network between here and there.',
      code,
    );
  }
}

/** Node tries all addresses of a name, and tells of all of them. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError && errorCode(error) === undefined
    ? error.errors[0]
    : error;
}

/** Looks a host name up; an address is what it is. */
export async function lookUpHost(host: string, timeoutMs: number): Promise<Finding> {
  if (isIP(host) !== 0) return { detail: `${host} is an address` };
  const found = await attempt(`${host} cannot be resolved`, timeoutMs, () =>
    lookup(host, { all: true }),
  );
  return { detail: `${host} is ${found.map(({ address }) => address).join(', ')}` };
}

async function open(endpoint: Endpoint, timeoutMs: number): Promise<Socket> {
  const socket = connect(endpoint);
  try {
    await attempt(
      `No connection to ${endpoint.host}:${endpoint.port}`,
      timeoutMs,
      () =>
        new Promise<void>((resolve, reject) => {
          socket.once('connect', resolve).once('error', reject);
        }),
    );
    return socket;
  } catch (error) {
    socket.on('error', () => undefined).destroy();
    throw error;
  }
}

/** Makes a TCP connection, and ends it. */
export async function tryTcp(endpoint: Endpoint, timeoutMs: number): Promise<Finding> {
  const socket = await open(endpoint, timeoutMs);
  const { remoteAddress = endpoint.host } = socket;
  socket.destroy();
  return { detail: `connected to ${remoteAddress}, port ${endpoint.port}` };
}

/** Does a TLS handshake that verifies certificate and host name, and ends it. */
export async function tryTls(
  endpoint: Endpoint,
  options: ConnectionOptions,
  timeoutMs: number,
  remedy: (code: string) => string,
): Promise<Finding> {
  const { host, port } = endpoint;
  const socket = await open(endpoint, timeoutMs);
  const secure = connectTls({
    socket,
    // With `socket` alone, Node would not know what name to verify.
    ...(isIP(host) === 0 ? { servername: host } : { host }),
    ...options,
  });
  try {
    await attempt(
      `No trusted TLS connection to ${host}:${port}`,
      timeoutMs,
      () =>
        new Promise<void>((resolve, reject) => {
          secure
            .once('secureConnect', resolve)
            .once('error', reject)
            .once('end', () => {
              reject(Object.assign(new Error('ended'), { code: 'ECONNRESET' }));
            });
        }),
    );
    return describeTls(secure);
  } catch (error) {
    if (!(error instanceof StepFault) || error.code === 'ETIMEDOUT') throw error;
    throw new StepFault(error.message, remedy(error.code ?? ''), error.code);
  } finally {
    secure.on('error', () => undefined).destroy();
    socket.destroy();
  }
}

/** What a handshake led to. */
export function describeTls(socket: TLSSocket): Finding {
  const { subject, issuer, valid_to: until } = socket.getPeerCertificate();
  const end = new Date(until);
  const protocol = socket.getProtocol() ?? 'TLS';
  const isSoon = end.getTime() - Date.now() < EXPIRES_SOON_MS;
  return {
    detail: `${protocol}, certificate of ${nameOf(subject)} by ${nameOf(issuer)}, valid until ${day(end)}`,
    remark: isSoon
      ? { code: 'CERTIFICATE_EXPIRES_SOON', message: `It ends on ${day(end)}: have it renewed.` }
      : undefined,
  };
}

/** As far as the certificate has one: `CN` may be missing, or be several. */
function nameOf(name: { readonly CN?: string | string[]; readonly O?: string | string[] }): string {
  return [name.CN ?? name.O ?? 'no name'].flat().join(', ');
}

export function day(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an unreadable date' : date.toISOString().slice(0, 10);
}
