/** Where the settings of a Kafka client come from: from the adapter, or from literals in the program. */
export type SettingsSource = 'adapter' | 'literals';

/** Closes a client. */
export type Close = () => Promise<void>;

export interface BenchProducer {
  /** Resolves when Kafka has confirmed all messages. */
  readonly send: (values: readonly Buffer[]) => Promise<void>;
  readonly close: Close;
}

/** A Kafka library with settings from one {@link SettingsSource}. Each method creates a new client. */
export interface BenchClient {
  /** Creates a producer and connects it. Resolves after the first response that needs a login. */
  connect(): Promise<Close>;
  startProducer(topic: string): Promise<BenchProducer>;
  /** Reads the topic from the beginning in a new group. Calls `onMessage` for each message. */
  startConsumer(topic: string, onMessage: () => void): Promise<Close>;
}

export interface BenchLibrary {
  /** Name and version. */
  readonly name: string;
  readonly client: (settings: SettingsSource) => BenchClient;
}
