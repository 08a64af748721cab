import { connect, type Socket } from 'node:net';
import type { Identity } from './certificates.ts';
import { startListener } from './scripted-server.ts';

export interface ConnectProxy {
  readonly url: string;
  readonly port: number;
  /** The head of each CONNECT request. */
  readonly heads: string[];
}

/** Handles a CONNECT request, for example by connecting it to a local port. */
export type ConnectScript = (socket: Socket, head: string) => void;

/** Connects every CONNECT request to the same local port, whatever host the request names. */
export const tunnelTo =
  (port: number): ConnectScript =>
  (socket) => {
    const target = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(target).pipe(socket);
    });
    for (const each of [target, socket]) {
      each.on('error', () => undefined);
      each.on('close', () => {
        target.destroy();
        socket.destroy();
      });
    }
  };

/** Starts an HTTP proxy that supports only CONNECT. Each request uses the next script, and the last script is repeated. */
export async function startConnectProxy(
  scripts: ConnectScript | readonly ConnectScript[],
  identity?: Identity,
): Promise<ConnectProxy> {
  const list = typeof scripts === 'function' ? [scripts] : scripts;
  const heads: string[] = [];
  const { port } = await startListener((socket) => {
    let received = '';
    const read = (chunk: Buffer): void => {
      received += chunk.toString('latin1');
      if (!received.endsWith('\r\n\r\n')) return;
      socket.off('data', read); // the following data is for the target
      heads.push(received);
      list[Math.min(heads.length, list.length) - 1]?.(socket, received);
    };
    socket.on('data', read);
  }, identity);
  return { url: `${identity ? 'https' : 'http'}://127.0.0.1:${port}`, port, heads };
}

/** Starts a SOCKS 5 proxy that connects each tunnel to the same port of this machine. */
export async function startSocksProxy(
  targetPort: number,
  options: { user?: string; password?: string; reply?: number } = {},
) {
  const { user, password, reply = 0 } = options;
  /** Host of each tunnel that was requested. */
  const hosts: string[] = [];
  const { port } = await startListener((socket) => {
    const openTunnel = (chunk: Buffer): void => {
      hosts.push(chunk.subarray(5, 5 + (chunk[4] ?? 0)).toString());
      const answer = Buffer.from([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]);
      if (reply !== 0) return void socket.end(answer);
      const target = connect(targetPort, '127.0.0.1', () => {
        socket.write(answer);
        socket.pipe(target).pipe(socket);
      });
      target.on('error', () => socket.destroy());
      socket.on('close', () => target.destroy());
    };
    const logIn = (chunk: Buffer): void => {
      const end = 2 + (chunk[1] ?? 0);
      const isRight =
        chunk.subarray(2, end).toString() === user &&
        chunk.subarray(end + 1).toString() === password;
      socket.write(Buffer.from([1, isRight ? 0 : 1]));
      socket.once('data', openTunnel);
    };
    socket.once('data', () => {
      socket.write(Buffer.from([5, user === undefined ? 0 : 2]));
      socket.once('data', user === undefined ? openTunnel : logIn);
    });
  });
  return { port, hosts };
}
