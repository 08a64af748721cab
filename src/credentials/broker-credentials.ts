/** Kafka's own names for how a connection is secured. */
export type SecurityProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';

/** IANA names of SASL mechanisms. The first three are what the adapters can do. */
export type SaslMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | (string & {});

/** What the Portal gave, before it becomes a {@link BrokerCredentials}. */
export interface BrokerSettings {
  readonly workspaceId: string;
  readonly brokers: readonly string[];
  readonly securityProtocol: SecurityProtocol;
  readonly sasl?:
    | { readonly mechanism: SaslMechanism; readonly username: string; readonly password: string }
    | undefined;
  readonly ca?: string | undefined;
  readonly clientId?: string | undefined;
}

/** Returns the settings under librdkafka's names, with the password in clear. */
export function toLibrdkafkaProperties(settings: BrokerSettings): Record<string, string> {
  const { brokers, securityProtocol, sasl, ca, clientId } = settings;
  return {
    'bootstrap.servers': brokers.join(','),
    'security.protocol': securityProtocol.toLowerCase(),
    ...(sasl && {
      'sasl.mechanism': sasl.mechanism,
      'sasl.username': sasl.username,
      'sasl.password': sasl.password,
    }),
    ...(ca !== undefined && { 'ssl.ca.pem': ca }),
    ...(clientId !== undefined && { 'client.id': clientId }),
  };
}

/** Which exchange the credentials came from. */
export interface Provenance {
  readonly generation: number;
  readonly obtainedAt: Date;
}

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

type Inspect = (value: unknown, options: object) => string;

/**
 * User name and password of a SASL login. The password is reachable by its name alone: printing,
 * JSON, spreading and cloning do not show it.
 */
export class SaslCredentials {
  readonly #sasl: NonNullable<BrokerSettings['sasl']>;

  /** @internal */
  constructor(sasl: NonNullable<BrokerSettings['sasl']>) {
    this.#sasl = sasl;
    Object.freeze(this);
  }

  /** `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`, or another IANA name in upper case. */
  get mechanism(): SaslMechanism {
    return this.#sasl.mechanism;
  }

  /** User name of the login. */
  get username(): string {
    return this.#sasl.username;
  }

  /** The secret itself. */
  get password(): string {
    return this.#sasl.password;
  }

  /** Everything but the password. */
  toJSON(): { mechanism: string; username: string; password: '[hidden]' } {
    return { mechanism: this.mechanism, username: this.username, password: '[hidden]' };
  }

  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    return `SaslCredentials ${inspect(this.toJSON(), options)}`;
  }
}

/**
 * What a Kafka client needs to connect: one immutable snapshot of one exchange.
 *
 * @example
 * ```ts
 * import { QuixStreamingClient } from 'quix-streams-auth';
 *
 * const credentials = await new QuixStreamingClient().getBrokerCredentials();
 * console.log(credentials.brokers, credentials.sasl?.mechanism);
 * console.log(credentials); // shows no password
 * ```
 */
export class BrokerCredentials {
  readonly #settings: BrokerSettings;
  readonly #provenance: Provenance;
  readonly #brokers: readonly string[];
  readonly #sasl: SaslCredentials | undefined;

  /** @internal */
  constructor(settings: BrokerSettings, provenance: Provenance) {
    this.#settings = settings;
    this.#provenance = provenance;
    this.#brokers = Object.freeze([...settings.brokers]);
    this.#sasl = settings.sasl && new SaslCredentials(settings.sasl);
    Object.freeze(this);
  }

  /** Id of the Quix environment, with which topics and consumer groups start; for a local broker the
   * one that was configured, else `local`. */
  get workspaceId(): string {
    return this.#settings.workspaceId;
  }

  /** Bootstrap servers as `host:port`. Frozen: copy it where a mutable array is wanted. */
  get brokers(): string[] {
    return this.#brokers as string[];
  }

  /** How the brokers are reached: with TLS or without, with a login or without. */
  get securityProtocol(): SecurityProtocol {
    return this.#settings.securityProtocol;
  }

  /** Absent when the protocol is `PLAINTEXT` or `SSL`. */
  get sasl(): SaslCredentials | undefined {
    return this.#sasl;
  }

  /** PEM of the brokers' private certificate authority; absent means the system's roots. */
  get ca(): string | undefined {
    return this.#settings.ca;
  }

  /** The client id that the broker expects, where it expects one (Confluent Cloud). */
  get clientId(): string | undefined {
    return this.#settings.clientId;
  }

  /** Counts the exchanges of one client, from 1; a higher one is newer. */
  get generation(): number {
    return this.#provenance.generation;
  }

  /** When the Portal gave them, by this machine's clock. */
  get obtainedAt(): Date {
    return new Date(this.#provenance.obtainedAt);
  }

  /** Whether a Kafka broker would see any difference. Generation and time do not count. */
  sameAs(other: BrokerCredentials): boolean {
    return JSON.stringify(this.toLibrdkafka()) === JSON.stringify(other.toLibrdkafka());
  }

  /**
   * The settings under librdkafka's names, for any librdkafka client.
   *
   * The result is a plain object with the **password in clear**: hand it over, do not log it.
   *
   * @example
   * ```ts
   * import { QuixStreamingClient } from 'quix-streams-auth';
   *
   * const quix = new QuixStreamingClient();
   * const config = (await quix.getBrokerCredentials()).toLibrdkafka();
   * // new Producer(config) of node-rdkafka or of @confluentinc/kafka-javascript
   * ```
   */
  toLibrdkafka(): Record<string, string> {
    return toLibrdkafkaProperties(this.#settings);
  }

  /** Everything but the password. */
  toJSON(): Record<string, unknown> {
    const { workspaceId, brokers, securityProtocol, sasl, ca, clientId, generation, obtainedAt } =
      this;
    return {
      workspaceId,
      brokers,
      securityProtocol,
      ...(sasl && { sasl: sasl.toJSON() }),
      ca: ca === undefined ? 'system roots' : 'private certificate authority',
      ...(clientId !== undefined && { clientId }),
      generation,
      obtainedAt,
    };
  }

  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    return `BrokerCredentials ${inspect(this.toJSON(), options)}`;
  }
}
