import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { pipeline, Transform } from 'node:stream';

/** A TCP proxy in front of one broker. */
export interface BrokerProxy {
  /** Closes all open connections. */
  cut(): void;
  /** Stops all traffic without closing connections. New connections are accepted. */
  freeze(): void;
  /** Continues after `freeze()`. */
  thaw(): void;
  /** Delivers each later chunk of data `ms` milliseconds late, in both directions. */
  delay(ms: number): void;
  /** Closes all connections and refuses new ones, until `listen()`. */
  close(): void;
  /** Accepts connections, as it does after the start. */
  listen(): Promise<void>;
}

/** Starts a proxy that listens on `port` of 127.0.0.1 for a broker on `brokerPort`. */
export async function startBrokerProxy(port: number, brokerPort: number): Promise<BrokerProxy> {
  const open = new Set<Socket>();
  const held: (() => void)[] = [];
  let isFrozen = false;
  let delayMs = 0;
  const pass = (deliver: () => void): void => {
    if (isFrozen) held.push(deliver);
    else if (delayMs > 0) setTimeout(deliver, delayMs);
    else deliver();
  };
  const forward = (from: Socket, to: Socket): void => {
    open.add(from);
    from.once('close', () => open.delete(from));
    const gate = new Transform({
      transform(chunk, _encoding, done) {
        pass(() => {
          done(null, chunk);
        });
      },
      flush: pass,
    });
    // Without both calls, a lost connection would stay open on the other side.
    pipeline(from, gate, to, () => {
      from.destroy();
      to.destroy();
    });
  };
  const server = createServer((client) => {
    const broker = connect(brokerPort, '127.0.0.1');
    forward(client, broker);
    forward(broker, client);
  });
  const listen = async (): Promise<void> => {
    if (server.listening) return;
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen();
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    cut,
    freeze() {
      isFrozen = true;
    },
    thaw() {
      isFrozen = false;
      for (const deliver of held.splice(0)) deliver();
    },
    delay(ms) {
      delayMs = ms;
    },
    close() {
      server.close();
      cut();
    },
    listen,
  };
}
