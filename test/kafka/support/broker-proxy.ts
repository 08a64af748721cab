import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy in front of one broker. */
export interface BrokerProxy {
  /** Closes all open connections. */
  cut(): void;
  /** Stops all traffic without closing connections. New connections are accepted. */
  freeze(): void;
  /** Continues after `freeze()`. */
  thaw(): void;
  close(): void;
}

/** Starts a proxy on `port` of 127.0.0.1 for a broker on `brokerPort`. */
export async function startBrokerProxy(port: number, brokerPort: number): Promise<BrokerProxy> {
  const open = new Set<Socket>();
  let isFrozen = false;
  const forward = (from: Socket, to: Socket): void => {
    open.add(from);
    from.on('data', (chunk) => to.write(chunk));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      open.delete(from);
      to.destroy();
    });
    if (isFrozen) from.pause();
  };
  const server = createServer((client) => {
    const broker = connect(brokerPort, '127.0.0.1');
    forward(client, broker);
    forward(broker, client);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    cut,
    freeze() {
      isFrozen = true;
      for (const socket of open) socket.pause();
    },
    thaw() {
      isFrozen = false;
      for (const socket of open) socket.resume();
    },
    close() {
      server.close();
      cut();
    },
  };
}
