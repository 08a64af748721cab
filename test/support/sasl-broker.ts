import type { Socket } from 'node:net';
import type { Identity } from './certificates.ts';
import { startListener } from './scripted-server.ts';

/** A login with PLAIN. */
export interface PlainLogin {
  readonly username: string;
  readonly password: string;
}

export interface SaslBrokerOptions {
  /** With an identity, connections use TLS. */
  readonly identity?: Identity;
  /** Awaited before the broker answers a SaslHandshake. */
  readonly beforeHandshake?: () => unknown;
  /** Returns the text with which the broker refuses a login. Default: accepts each login. */
  readonly refuse?: (login: PlainLogin, earlier: PlainLogin | undefined) => string | undefined;
  /** Lifetime of a session in milliseconds, after which a client must log in again. */
  readonly sessionLifetimeMs?: number;
}

/** A Kafka broker that understands only the requests of a login, and that for metadata. */
export interface SaslBroker {
  readonly port: number;
  readonly address: string;
  /** All logins, in the order in which they arrived. */
  readonly logins: readonly PlainLogin[];
  /** Number of connections so far. */
  readonly connections: number;
  /** Client ids of the requests. */
  readonly clientIds: ReadonlySet<string>;
  /** Everything that clients sent. */
  readonly received: string;
  dropConnections(): void;
}

const API_VERSIONS = 18;
const HANDSHAKE = 17;
const AUTHENTICATE = 36;
const METADATA = 3;
const VERSIONS = [
  [METADATA, 0, 12],
  [HANDSHAKE, 0, 1],
  [AUTHENTICATE, 0, 2],
  [API_VERSIONS, 0, 3],
] as const;
const AUTHENTICATION_FAILED = 58;
/** A TLS handshake that is read as a request has more. */
const MAX_REQUEST_BYTES = 100_000;

const int8 = (value: number): Buffer => Buffer.from([value]);
const int16 = (value: number): Buffer => Buffer.from([(value >> 8) & 0xff, value & 0xff]);
function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}
const NO_TAGS = int8(0);
/** Lengths below 127 are a single byte as unsigned varint. */
const compact = (text: string): Buffer => Buffer.concat([int8(text.length + 1), Buffer.from(text)]);
const string = (text: string): Buffer => Buffer.concat([int16(text.length), Buffer.from(text)]);

function apiVersions(version: number): Buffer {
  const entries = VERSIONS.map(([key, min, max]) =>
    Buffer.concat([int16(key), int16(min), int16(max), ...(version >= 3 ? [NO_TAGS] : [])]),
  );
  const count = version >= 3 ? int8(entries.length + 1) : int32(entries.length);
  const throttle = version >= 1 ? [int32(0)] : [];
  return Buffer.concat([
    int16(0),
    count,
    ...entries,
    ...throttle,
    ...(version >= 3 ? [NO_TAGS] : []),
  ]);
}

/** A cluster that has only this broker, and no topic. Versions 5, 6 and 12 have this format. */
function metadata(version: number, port: number): Buffer {
  const isFlexible = version >= 9;
  const text = isFlexible ? compact : string;
  const none = isFlexible ? int8(0) : int16(-1);
  const array = (count: number): Buffer => (isFlexible ? int8(count + 1) : int32(count));
  const tags = isFlexible ? [NO_TAGS] : [];
  const broker = [int32(1), text('localhost'), int32(port), none, ...tags];
  return Buffer.concat([int32(0), array(1), ...broker, none, int32(1), array(0), ...tags]);
}

/** Starts a broker for logins with PLAIN. The test closes it when it finishes. */
export async function startSaslBroker(options: SaslBrokerOptions = {}): Promise<SaslBroker> {
  const { beforeHandshake, refuse, sessionLifetimeMs = 0 } = options;
  const logins: PlainLogin[] = [];
  const clientIds = new Set<string>();
  let received = '';

  const authenticate = (version: number, body: Buffer, socket: Socket): Buffer => {
    const [, username = '', password = ''] = body
      .subarray(version >= 2 ? 1 : 4, version >= 2 ? -1 : undefined)
      .toString()
      .split('\0');
    const login = { username, password };
    logins.push(login);
    const refusal = refuse?.(login, earlier.get(socket));
    if (refusal === undefined) earlier.set(socket, login);
    const error = int16(refusal === undefined ? 0 : AUTHENTICATION_FAILED);
    const lifetime = int64(sessionLifetimeMs);
    if (version < 2) {
      const text = refusal === undefined ? int16(-1) : string(refusal);
      return Buffer.concat([error, text, int32(0), ...(version === 1 ? [lifetime] : [])]);
    }
    const text = refusal === undefined ? int8(0) : compact(refusal);
    return Buffer.concat([NO_TAGS, error, text, int8(1), lifetime, NO_TAGS]);
  };
  const earlier = new WeakMap<Socket, PlainLogin>();

  const respond = async (request: Buffer, socket: Socket): Promise<Buffer> => {
    const [key, version, id] = [
      request.readInt16BE(0),
      request.readInt16BE(2),
      request.readInt32BE(4),
    ];
    const clientIdEnd = 10 + Math.max(0, request.readInt16BE(8));
    clientIds.add(request.subarray(10, clientIdEnd).toString());
    switch (key) {
      case API_VERSIONS:
        return Buffer.concat([int32(id), apiVersions(version)]);
      case HANDSHAKE:
        await beforeHandshake?.();
        return Buffer.concat([int32(id), int16(0), int32(1), string('PLAIN')]);
      case AUTHENTICATE: {
        const body = request.subarray(clientIdEnd + (version >= 2 ? 1 : 0));
        return Buffer.concat([int32(id), authenticate(version, body, socket)]);
      }
      case METADATA: {
        const tags = version >= 9 ? [NO_TAGS] : [];
        return Buffer.concat([int32(id), ...tags, metadata(version, listener.port)]);
      }
      default:
        throw new Error(`The broker does not know the request ${key}.`);
    }
  };

  const listener = await startListener((socket) => {
    let buffered = Buffer.alloc(0);
    let answered = Promise.resolve();
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      buffered = Buffer.concat([buffered, chunk]);
      if (buffered.length >= 4 && buffered.readInt32BE(0) > MAX_REQUEST_BYTES) socket.destroy();
      while (buffered.length >= 4 && buffered.length >= 4 + buffered.readInt32BE(0)) {
        const end = 4 + buffered.readInt32BE(0);
        const request = buffered.subarray(4, end);
        buffered = buffered.subarray(end);
        answered = answered
          .then(() => respond(request, socket))
          .then((response) => {
            if (!socket.destroyed) socket.write(Buffer.concat([int32(response.length), response]));
          })
          .catch(() => void socket.destroy());
      }
    });
  }, options.identity);
  return {
    port: listener.port,
    address: `localhost:${listener.port}`,
    logins,
    clientIds,
    get connections() {
      return listener.connections;
    },
    get received() {
      return received;
    },
    dropConnections() {
      for (const socket of listener.open) socket.destroy();
    },
  };
}
