import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { buildConnector } from 'undici';

export interface TunnelOptions {
  /** URL with one of the schemes `http`, `https`, `socks`, `socks5` and `socks5h`. */
  readonly proxy: URL;
  /** Options for all sockets. The TLS options are for the Portal and for an https proxy. */
  readonly socketOptions: ConnectionOptions;
  /** Limit for the tunnel and the TLS handshake with the Portal, in milliseconds. */
  readonly timeoutMs: number;
}

interface Target {
  readonly host: string;
  readonly port: number;
}

/** Limit for the answer of a proxy, in bytes. */
const MAX_ANSWER_BYTES = 16 * 1024;

/**
 * Returns a function with which undici connects to the Portal through a proxy.
 *
 * The proxy agents of undici 7.30 are not used. If a proxy closes the connection instead of
 * answering, `ProxyAgent` connects again without a pause or a limit, even after the request has been
 * aborted. `Socks5ProxyAgent` does not notice that the connection was closed, and leaves it open
 * after a timeout.
 */
export function createTunnelConnector(options: TunnelOptions): buildConnector.connector {
  return ({ hostname, port }, callback) => {
    const target = { host: hostname, port: Number(port) || 443 };
    connectThroughProxy(options, target).then(
      (socket) => {
        callback(null, socket);
      },
      (error: unknown) => {
        callback(error as Error, null);
      },
    );
  };
}

/** Opens a TLS connection to `target` through the proxy. Closes its socket if this fails. */
async function connectThroughProxy(
  { proxy, socketOptions, timeoutMs }: TunnelOptions,
  target: Target,
): Promise<Socket> {
  const tls = process.getBuiltinModule('node:tls');
  const host = proxy.hostname.replace(/^\[|\]$/g, '');
  const isSocks = proxy.protocol.startsWith('socks');
  const isTls = proxy.protocol === 'https:';
  const port = Number(proxy.port) || (isSocks ? 1080 : isTls ? 443 : 80);
  let socket: Socket = isTls
    ? tls.connect({ ...socketOptions, host, port, servername: serverName(host) })
    : process.getBuiltinModule('node:net').connect({ ...socketOptions, host, port });
  const timer = setTimeout(() => {
    socket.destroy(failure('UND_ERR_CONNECT_TIMEOUT')); // the code of undici without a proxy
  }, timeoutMs);
  // A connection that is still being opened after the call must not keep the process alive.
  timer.unref();
  socket.unref();
  socket.setNoDelay(true).setKeepAlive(true, 60_000);
  socket.on('error', () => undefined); // the functions below report the error
  try {
    await opened(socket, isTls ? 'secureConnect' : 'connect');
    await (isSocks ? openSocksTunnel : openHttpTunnel)(socket, proxy, target);
    socket = tls.connect({
      ...socketOptions,
      socket,
      host: target.host,
      servername: serverName(target.host),
      ALPNProtocols: ['http/1.1'],
    });
    await opened(socket, 'secureConnect');
    socket.ref(); // undici decides from now on
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Requests a tunnel with the method CONNECT of HTTP. */
async function openHttpTunnel(socket: Socket, proxy: URL, { host, port }: Target): Promise<void> {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const lines = [`CONNECT ${authority} HTTP/1.1`, `host: ${authority}`];
  if (proxy.username !== '') {
    const credentials = Buffer.from(`${decode(proxy.username)}:${decode(proxy.password)}`);
    lines.push(`proxy-authorization: Basic ${credentials.toString('base64')}`);
  }
  socket.write([...lines, '', ''].join('\r\n'));
  const answer = await read(socket, (bytes) => {
    if (bytes.length >= 5 && !bytes.toString('latin1').startsWith('HTTP/')) return bytes.length;
    const end = bytes.indexOf('\r\n\r\n');
    return end < 0 ? undefined : end + 4;
  });
  const [, status] = /^HTTP\/1\.[01] (\d{3})\b/.exec(answer.toString('latin1')) ?? [];
  if (status === undefined) throw failure('PROXY_BAD_ANSWER');
  if (!status.startsWith('2')) throw failure(`PROXY_STATUS_${status}`);
}

/** Requests a tunnel as described in RFC 1928 and 1929. The proxy resolves the name of the host. */
async function openSocksTunnel(socket: Socket, proxy: URL, { host, port }: Target): Promise<void> {
  const user = Buffer.from(decode(proxy.username));
  const password = Buffer.from(decode(proxy.password));
  const methods = user.length > 0 ? [0, 2] : [0];
  socket.write(Buffer.from([5, methods.length, ...methods]));
  const [version, method = 255] = await read(socket, () => 2);
  if (version !== 5) throw failure('PROXY_BAD_ANSWER');
  if (!methods.includes(method)) throw failure('PROXY_LOGIN_REFUSED');
  if (method === 2) {
    socket.write(Buffer.from([1, user.length, ...user, password.length, ...password]));
    const [, result] = await read(socket, () => 2);
    if (result !== 0) throw failure('PROXY_LOGIN_REFUSED');
  }
  const name = Buffer.from(host);
  socket.write(Buffer.from([5, 1, 0, 3, name.length, ...name, port >> 8, port & 255]));
  const [answerVersion, result] = await read(socket, (bytes) => {
    const [, , , addressType, nameLength = 0] = bytes;
    return 6 + (addressType === 1 ? 4 : addressType === 4 ? 16 : 1 + nameLength);
  });
  if (answerVersion !== 5) throw failure('PROXY_BAD_ANSWER');
  if (result !== 0) throw failure(`PROXY_SOCKS_${result ?? ''}`);
}

/** Resolves at the event with which a socket reports its connection. */
function opened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve).once('error', reject);
    socket.once('close', () => {
      reject(failure('PROXY_CLOSED'));
    });
  });
}

/**
 * Reads one answer of a proxy. `findLength` returns the length of the answer that starts with
 * `bytes`, or `undefined` if more bytes are needed to know it.
 */
function read(socket: Socket, findLength: (bytes: Buffer) => number | undefined): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0);
    const onReadable = (): void => {
      const received = socket.read() as Buffer | null;
      if (received) bytes = Buffer.concat([bytes, received]);
      const length = findLength(bytes) ?? Infinity;
      if (bytes.length >= length) {
        for (const [event, listener] of listeners) socket.off(event, listener);
        // The following bytes belong to the next answer or to the TLS handshake.
        if (bytes.length > length) socket.unshift(bytes.subarray(length));
        resolve(bytes.subarray(0, length));
      } else if (bytes.length > MAX_ANSWER_BYTES) reject(failure('PROXY_BAD_ANSWER'));
    };
    const onClosed = (): void => {
      reject(failure('PROXY_CLOSED'));
    };
    const listeners = [
      ['readable', onReadable],
      ['error', reject],
      ['end', onClosed],
      ['close', onClosed],
    ] as const;
    for (const [event, listener] of listeners) socket.on(event, listener);
  });
}

/** Returns the name for the TLS extension SNI, which cannot contain an IP address. */
const serverName = (host: string): string =>
  process.getBuiltinModule('node:net').isIP(host) === 0 ? host : '';

/** Decodes a part of the URL. {@link proxyUrl} has checked that this is possible. */
const decode = decodeURIComponent;

const failure = (code: string): Error => Object.assign(new Error(code), { code });
