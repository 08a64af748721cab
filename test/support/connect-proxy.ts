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
