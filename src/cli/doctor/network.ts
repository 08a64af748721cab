import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { untilAborted } from '../../abort.ts';
import { errorCode } from '../../sanitize-error.ts';
import { StepFault, type Checkup, type Finding, type StepName } from './checkup.ts';

/** Host and port of a connection. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Limit for a single network step. */
const MAX_STEP_MS = 10_000;
/** Remaining validity below which a certificate gets a warning. */
const EXPIRES_SOON_MS = 14 * 24 * 60 * 60 * 1_000;

const NO_ROUTE = 'There is no route to the host. Check the network and the VPN.';

const REMEDIES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'Check the name for a typo, and check DNS. Private names may need a VPN.',
  EAI_AGAIN: 'DNS does not respond. Check the network of this machine.',
  ECONNREFUSED: 'Nothing listens on this port. Check the port.',
  ECONNRESET: 'The connection was closed on the way. Check firewalls and the port.',
  ETIMEDOUT: 'A firewall may drop the packets. Allow outgoing connections to this address.',
  ENETUNREACH: NO_ROUTE,
  EHOSTUNREACH: NO_ROUTE,
};

/** Returns the remedy for an error code. */
type FindRemedy = (code: string) => string | undefined;

/** Returns the limit for a single step, given the limit for an exchange. */
export const stepTimeout = (timeoutMs = Infinity): number => Math.min(timeoutMs, MAX_STEP_MS);

/** Waits with a deadline. A failure becomes a StepFault that begins with `summary`. */
async function attempt<T>(
  summary: string,
  timeoutMs: number,
  result: Promise<T>,
  findRemedy: FindRemedy = () => undefined,
): Promise<T> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await untilAborted(result, signal);
  } catch (error) {
    // Node tries all addresses of a name, and reports the failures together.
    const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
    const code = signal.aborted ? 'ETIMEDOUT' : (errorCode(first) ?? 'error');
    const limit = signal.aborted ? `, not within ${timeoutMs / 1_000} s` : '';
    const remedy = (signal.aborted ? undefined : findRemedy(code)) ?? REMEDIES[code];
    const advice = remedy ?? 'Check the network between this machine and the host.';
    throw new StepFault(`${summary} (${code}${limit}).`, advice, code);
  }
}

/** Resolves a host name. */
async function lookUpHost(host: string, timeoutMs: number): Promise<Finding> {
  if (isIP(host) !== 0) return { detail: `${host} is an address` };
  const result = lookup(host, { all: true });
  const found = await attempt(`${host} cannot be resolved`, timeoutMs, result);
  return { detail: `${host} is ${found.map(({ address }) => address).join(', ')}` };
}

/** Destroys a socket that may still emit errors. */
function discard(socket: Socket): void {
  socket.on('error', () => undefined).destroy();
}

/** Opens and closes a TCP connection. */
async function tryTcp(endpoint: Endpoint, timeoutMs: number): Promise<Finding> {
  const { host, port } = endpoint;
  const socket = connect(endpoint);
  try {
    await attempt(`No connection to ${host}:${port}`, timeoutMs, once(socket, 'connect'));
    return { detail: `connected to ${socket.remoteAddress ?? host}, port ${port}` };
  } finally {
    discard(socket);
  }
}

/** Performs a TLS handshake that verifies certificate and host name. */
export async function tryTls(
  endpoint: Endpoint,
  options: ConnectionOptions,
  timeoutMs: number,
  findRemedy: FindRemedy,
): Promise<Finding> {
  const { host, port } = endpoint;
  const socket = connectTls({ ...endpoint, ...options, rejectUnauthorized: true });
  try {
    const summary = `No trusted TLS connection to ${host}:${port}`;
    await attempt(summary, timeoutMs, once(socket, 'secureConnect'), findRemedy);
    return describeTls(socket);
  } finally {
    discard(socket);
  }
}

/** Names of the steps for one endpoint. */
export type EndpointSteps = Readonly<Record<'dns' | 'tcp' | 'tls', StepName>>;

/**
 * Checks DNS, TCP and TLS of an endpoint.
 *
 * @param tls - Checks TLS, or names the reason why TLS is not checked.
 */
export async function checkEndpoint(
  checkup: Checkup,
  steps: EndpointSteps,
  endpoint: Endpoint,
  timeoutMs: number,
  tls: string | (() => Finding | Promise<Finding>),
): Promise<void> {
  await checkup.run(steps.dns, [], () => lookUpHost(endpoint.host, timeoutMs));
  await checkup.run(steps.tcp, [steps.dns], () => tryTcp(endpoint, timeoutMs));
  if (typeof tls === 'string') checkup.skip(steps.tls, tls);
  else await checkup.run(steps.tls, [steps.tcp], tls);
}

/** Describes the certificate of an open TLS connection. */
export function describeTls(socket: TLSSocket): Finding {
  const { subject, issuer, valid_to: validTo } = socket.getPeerCertificate();
  const [end, protocol] = [new Date(validTo), socket.getProtocol() ?? 'TLS'];
  const message = `The certificate expires on ${day(end)}. Have it renewed.`;
  const expiresSoon = end.getTime() - Date.now() < EXPIRES_SOON_MS;
  return {
    detail: `${protocol}, certificate of ${nameOf(subject)} by ${nameOf(issuer)}, valid until ${day(end)}`,
    remark: expiresSoon ? { code: 'CERTIFICATE_EXPIRES_SOON', message } : undefined,
  };
}

/** A certificate may have no common name, or several. */
function nameOf(name: { readonly CN?: string | string[]; readonly O?: string | string[] }): string {
  return [name.CN ?? name.O ?? 'no name'].flat().join(', ');
}

export function day(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an unreadable date' : date.toISOString().slice(0, 10);
}
