/** Where a Kafka client has its settings from: the adapter, or the very same ones as literals. */
export type Side = 'adapter' | 'literal';

/** Ends a client. */
export type Close = () => Promise<void>;

export interface BenchProducer {
  /** Resolves when Kafka has confirmed all of them. */
  readonly send: (values: readonly Buffer[]) => Promise<void>;
  readonly close: Close;
}

/** One Kafka library with the settings of one {@link Side}; each call makes a client of its own. */
export interface Contestant {
  /** Makes a producer and connects it, up to the first answer that needed a login. */
  connect(): Promise<Close>;
  startProducer(topic: string): Promise<BenchProducer>;
  /** Reads from the beginning in a new group; calls back for each message. */
  startConsumer(topic: string, onMessage: () => void): Promise<Close>;
}

export interface Library {
  /** With its version. */
  readonly name: string;
  readonly contestant: (side: Side) => Contestant;
}
