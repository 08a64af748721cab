import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { untilAborted } from '../../abort.ts';
import { errorCode } from '../../sanitize-error.ts';
import { tlsRemedy } from '../tls-remedy.ts';
import { StepError, type Finding, type StepName, type StepRunner } from './step-runner.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Remaining validity below which a certificate gets a warning. */
const EXPIRES_SOON_MS = 14 * 24 * 60 * 60 * 1_000;

const REMEDIES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'Check the name for a typo, and check DNS. Private names may need a VPN.',
  EAI_AGAIN: 'DNS does not respond. Check the network of this machine.',
  ECONNREFUSED: 'Nothing listens on this port. Check the port.',
  ECONNRESET: 'The connection was closed unexpectedly. Check firewalls and the port.',
  ETIMEDOUT: 'A firewall may drop the packets. Allow outgoing connections to this address.',
};

/** Waits with a deadline. A failure becomes a StepError that begins with `summary`. */
async function attempt<T>(
  summary: string,
  timeoutMs: number,
  result: Promise<T>,
  findRemedy = (code: string): string =>
    REMEDIES[code] ?? 'Check the network and the VPN of this machine.',
): Promise<T> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await untilAborted(result, signal);
  } catch (error) {
    // Node tries all addresses of a name, and reports the failures together.
    const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
    const code = signal.aborted ? 'ETIMEDOUT' : (errorCode(first) ?? 'error');
    const limit = signal.aborted ? `, not within ${timeoutMs / 1_000} s` : '';
    throw new StepError(`${summary} (${code}${limit}).`, findRemedy(code), code);
  }
}

async function lookUpHost({ host }: Endpoint, timeoutMs: number): Promise<Finding> {
  if (isIP(host) !== 0) return { detail: `${host} is an address` };
  const result = lookup(host, { all: true });
  const found = await attempt(`${host} cannot be resolved`, timeoutMs, result);
  return { detail: `${host} is ${found.map(({ address }) => address).join(', ')}` };
}

async function tryTcp({ host, port }: Endpoint, timeoutMs: number): Promise<Finding> {
  const socket = connect({ host, port });
  try {
    await attempt(`No connection to ${host}:${port}`, timeoutMs, once(socket, 'connect'));
    return { detail: `connected to ${socket.remoteAddress ?? host}, port ${port}` };
  } finally {
    discard(socket);
  }
}

/** How to verify the certificate of an endpoint. */
export interface TlsCheck {
  readonly options: ConnectionOptions;
  /** Remedy for a certificate of an unknown certificate authority. */
  readonly untrustedRemedy: string;
}

/** Performs a TLS handshake that verifies certificate and host name. */
async function tryTls(
  { host, port }: Endpoint,
  { options, untrustedRemedy }: TlsCheck,
  timeoutMs: number,
): Promise<Finding> {
  const socket = connectTls({ host, port, ...options, rejectUnauthorized: true });
  try {
    const summary = `No trusted TLS connection to ${host}:${port}`;
    await attempt(summary, timeoutMs, once(socket, 'secureConnect'), (code) =>
      tlsRemedy(code, REMEDIES[code] ?? untrustedRemedy),
    );
    return describeTls(socket);
  } finally {
    discard(socket);
  }
}

/** Codes of errors that only a server with TLS can cause. */
const FROM_TLS_SERVER = /CERT|SIGNED|UNABLE_TO|ALTNAME|ALERT/;

/** Longest wait for the handshake of {@link speaksTls}. A server without TLS may never answer. */
const MAX_SPEAKS_TLS_MS = 2_000;

/** Returns whether a server uses TLS, also if its certificate is not trusted. */
export async function speaksTls({ host, port }: Endpoint, timeoutMs: number): Promise<boolean> {
  const socket = connectTls({ host, port, rejectUnauthorized: true });
  try {
    const signal = AbortSignal.timeout(Math.min(timeoutMs, MAX_SPEAKS_TLS_MS));
    await untilAborted(once(socket, 'secureConnect'), signal);
    return true;
  } catch (error) {
    return FROM_TLS_SERVER.test(errorCode(error) ?? '');
  } finally {
    discard(socket);
  }
}

/** Closes a socket. Later errors of the socket do not matter. */
function discard(socket: Socket): void {
  socket.on('error', () => undefined).destroy();
}

export interface Target {
  readonly endpoint: Endpoint;
  /** Check to perform, or the reason why TLS is not checked. */
  readonly tls: TlsCheck | string;
}

/** Checks DNS, TCP and TLS of an endpoint. Returns the steps that a request depends on. */
export function checkEndpoint(
  runner: StepRunner,
  nameStep: (title: 'DNS' | 'TCP' | 'TLS') => StepName,
  target: Promise<Target>,
): readonly Promise<Finding>[] {
  const { timeoutMs } = runner;
  const dns = runner.run(nameStep('DNS'), async () =>
    lookUpHost((await target).endpoint, timeoutMs),
  );
  const tcp = runner.run(nameStep('TCP'), async () => {
    await dns;
    return await tryTcp((await target).endpoint, timeoutMs);
  });
  const tls = runner.run(nameStep('TLS'), async (): Promise<Finding> => {
    const { endpoint, tls: check } = await target;
    if (typeof check === 'string') return { detail: check, applies: false };
    await tcp;
    return await tryTls(endpoint, check, timeoutMs);
  });
  return [tcp, tls];
}

function describeTls(socket: TLSSocket): Finding {
  const { subject, issuer, valid_to: validTo } = socket.getPeerCertificate();
  const end = new Date(validTo);
  const message = `The certificate expires on ${day(end)}. Ask the administrator of the server to renew it.`;
  const expiresSoon = end.getTime() - Date.now() < EXPIRES_SOON_MS;
  return {
    detail: `${socket.getProtocol() ?? 'TLS'}, certificate of ${nameOf(subject)} by ${nameOf(issuer)}, valid until ${day(end)}`,
    doctorWarning: expiresSoon ? { code: 'CERTIFICATE_EXPIRES_SOON', message } : undefined,
  };
}

/** A certificate may have no common name, or several. */
function nameOf(name: { readonly CN?: string | string[]; readonly O?: string | string[] }): string {
  return [name.CN ?? name.O ?? 'no name'].flat().join(', ');
}

export function day(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an unreadable date' : date.toISOString().slice(0, 10);
}
