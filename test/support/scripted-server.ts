import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { Identity } from './certificates.ts';

/** Handles a request after its head has arrived, for example by writing bytes or resetting the connection. */
export type Script = (socket: Socket, head: string) => void;

export interface ScriptedServer {
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  /** The head of each request. */
  readonly heads: string[];
  /** Number of connections so far. */
  readonly connections: number;
  /** Connections that are open. */
  readonly open: ReadonlySet<Socket>;
}

async function listen(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function stop(server: Server, sockets: Iterable<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
}

/** Starts a server that passes each connection on. The test closes it when it finishes. */
export async function startListener(
  onSocket: (socket: Socket) => void,
  identity?: Identity,
  wantedPort?: number,
): Promise<Omit<ScriptedServer, 'heads'>> {
  const open = new Set<Socket>();
  let connections = 0;
  const accept = (socket: Socket): void => {
    socket.on('error', () => undefined); // the client may reset the connection
    onSocket(socket);
  };
  const server = identity
    ? createTlsServer({ cert: identity.certificate, key: identity.key }, accept)
    : createServer(accept);
  server.on('connection', (socket: Socket) => {
    connections++;
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  const port = await listen(server, wantedPort);
  onTestFinished(() => stop(server, open));
  const host = `127.0.0.1:${port}`;
  return {
    origin: `${identity ? 'https' : 'http'}://${host}`,
    host,
    port,
    open,
    get connections() {
      return connections;
    },
  };
}

/**
 * Starts a server for HTTP/1.1 requests without a body. Each request uses the next script, and the last
 * script is repeated.
 */
export async function startServer(
  scripts: Script | readonly Script[],
  identity?: Identity,
  wantedPort?: number,
): Promise<ScriptedServer> {
  const list = typeof scripts === 'function' ? [scripts] : scripts;
  const heads: string[] = [];
  const listener = await startListener(
    (socket) => {
      let received = '';
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1');
        for (let end = received.indexOf('\r\n\r\n'); end >= 0; end = received.indexOf('\r\n\r\n')) {
          const head = received.slice(0, end);
          received = received.slice(end + 4);
          heads.push(head);
          list[Math.min(heads.length, list.length) - 1]?.(socket, head);
        }
      });
    },
    identity,
    wantedPort,
  );
  return Object.defineProperties({ heads }, Object.getOwnPropertyDescriptors(listener)) as never;
}

/** Returns a port on which no server listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await stop(server, []);
  return port;
}

export type Headers = Readonly<Record<string, string | readonly string[]>>;

function writeHead(socket: Socket, status: number, headers: Headers): void {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((each) => `${name}: ${each}\r\n`),
  );
  socket.write(`HTTP/1.1 ${status} Scripted\r\n${lines.join('')}\r\n`);
}

/** Sends a complete response. A body that is not a text or a buffer is sent as JSON. */
export function answer(status: number, body: unknown = '', headers: Headers = {}): Script {
  const bytes =
    typeof body === 'string' || Buffer.isBuffer(body)
      ? Buffer.from(body)
      : Buffer.from(JSON.stringify(body));
  return (socket) => {
    const length = status === 204 || status === 304 ? {} : { 'content-length': `${bytes.length}` };
    writeHead(socket, status, { ...length, ...headers });
    socket.write(bytes);
  };
}

/** Sends a head and the beginning of a body, and then calls `end` to cause a fault. */
export function broken(headers: Headers, body: string, end: (socket: Socket) => void): Script {
  return (socket) => {
    writeHead(socket, 200, headers);
    socket.write(body, () => {
      // The client should have received the body before the fault occurs.
      setTimeout(end, 10, socket);
    });
  };
}

/** Resets a connection. */
export const reset = (socket: Socket): void => {
  socket.resetAndDestroy();
};

/** Closes a connection in an orderly way, as a stopping proxy does. */
export const finish = (socket: Socket): void => {
  socket.end();
};

/** Sends nothing. */
export const stall = (): void => undefined;
