import { connect, type Socket } from 'node:net';
import type { Identity } from './certificates.ts';
import { startListener } from './scripted-server.ts';

export interface ConnectProxy {
  readonly url: string;
  readonly port: number;
  /** The head of each CONNECT, as it came. */
  readonly heads: string[];
}

/** What a proxy does with a CONNECT: lead to a port of this machine, or something else. */
export type ConnectScript = (socket: Socket, head: string) => void;

/** Leads every CONNECT to the same port of this machine, whatever host it names. */
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

/** A tiny HTTP proxy that knows CONNECT alone: one script for each, the last one again and again. */
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
      socket.off('data', read); // what follows is not for the proxy
      heads.push(received);
      list[Math.min(heads.length, list.length) - 1]?.(socket, received);
    };
    socket.on('data', read);
  }, identity);
  return { url: `${identity ? 'https' : 'http'}://127.0.0.1:${port}`, port, heads };
}
