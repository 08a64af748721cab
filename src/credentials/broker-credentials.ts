import { ownProperties } from '../own-properties.ts';

/** Security of a connection to a broker, in Kafka's terms. */
export type SecurityProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';

/** IANA name of a SASL mechanism. The adapters support PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. */
// `string & {}` accepts other names, and editors still suggest these three.
export type SaslMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | (string & {});

/** Broker settings of the Portal after validation. {@link BrokerCredentials} wraps them. */
export interface BrokerSettings {
  readonly workspaceId: string;
  readonly brokers: readonly string[];
  readonly securityProtocol: SecurityProtocol;
  readonly sasl?: Pick<SaslCredentials, 'mechanism' | 'username' | 'password'> | undefined;
  readonly ca?: string | undefined;
  readonly clientId?: string | undefined;
  /** Other librdkafka properties of the Portal, without secrets. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** Other librdkafka properties of the Portal that are secret, such as `ssl.key.pem`. */
  readonly secretSettings?: Readonly<Record<string, string>> | undefined;
}

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

type Inspect = (value: unknown, options: object) => string;

/**
 * User name and password of a SASL login. Only the property `password` contains the password.
 * `console.log`, `JSON.stringify`, spreading and `structuredClone` do not reveal it. `util.inspect`
 * reveals it only with `customInspect: false`, `showHidden: true` and `getters: true` together.
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

  /** The secret password. */
  get password(): string {
    return this.#sasl.password;
  }

  /** Returns the properties, with a placeholder for the password. */
  toJSON(): { mechanism: string; username: string; password: '[hidden]' } {
    return { mechanism: this.mechanism, username: this.username, password: '[hidden]' };
  }

  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    return `SaslCredentials ${inspect(this.toJSON(), options)}`;
  }
}

/**
 * Everything that a Kafka client needs to connect. An immutable snapshot of one exchange.
 *
 * @example
 * ```ts
 * import { QuixStreamingClient } from 'quix-streams-auth';
 *
 * const credentials = await new QuixStreamingClient().getBrokerCredentials();
 * console.log(credentials.brokers, credentials.sasl?.mechanism);
 * console.log(credentials); // does not show the password
 * ```
 */
export class BrokerCredentials {
  readonly #settings: BrokerSettings;
  readonly #exchange: { readonly generation: number; readonly obtainedAt: Date };
  readonly #brokers: readonly string[];
  readonly #sasl: SaslCredentials | undefined;
  readonly #otherSettings: Readonly<Record<string, string>>;

  /** @internal */
  constructor(
    settings: BrokerSettings,
    exchange: { readonly generation: number; readonly obtainedAt: Date },
  ) {
    this.#settings = ownProperties(settings);
    this.#exchange = exchange;
    this.#brokers = Object.freeze([...settings.brokers]);
    const { sasl } = this.#settings;
    this.#sasl = sasl && new SaslCredentials(ownProperties(sasl));
    this.#otherSettings = Object.freeze({ ...this.#settings.settings });
    Object.freeze(this);
  }

  /** Id of the Quix environment. For a local broker, the configured id, by default `local`. */
  get workspaceId(): string {
    return this.#settings.workspaceId;
  }

  /** Bootstrap servers as `host:port`. The array is frozen. */
  get brokers(): string[] {
    return this.#brokers as string[];
  }

  /** Security protocol. It determines whether connections use TLS and SASL. */
  get securityProtocol(): SecurityProtocol {
    return this.#settings.securityProtocol;
  }

  /** The SASL login. `undefined` if the protocol is `PLAINTEXT` or `SSL`. */
  get sasl(): SaslCredentials | undefined {
    return this.#sasl;
  }

  /** PEM of the brokers' private certificate authority. `undefined` for the default authorities. */
  get ca(): string | undefined {
    return this.#settings.ca;
  }

  /** Client id that the broker requires, if any. Confluent Cloud requires one. */
  get clientId(): string | undefined {
    return this.#settings.clientId;
  }

  /**
   * Other librdkafka properties that the Portal sent, such as `ssl.cipher.suites` or a timeout. All
   * values are text. The object is frozen, and empty if the Portal sent no other properties. Only
   * {@link BrokerCredentials.toLibrdkafka} returns properties with secret values, such as
   * `ssl.key.pem`. Properties that turn off the verification of certificates, load code, run
   * commands or name local files are ignored. The client emits the `warning`
   * `BROKER_SETTING_IGNORED` for each ignored property.
   *
   * @example
   * ```ts
   * import { QuixStreamingClient } from 'quix-streams-auth';
   *
   * const { settings } = await new QuixStreamingClient().getBrokerCredentials();
   * console.log(settings['ssl.cipher.suites'] ?? 'the default suites');
   * ```
   */
  get settings(): Readonly<Record<string, string>> {
    return this.#otherSettings;
  }

  /** Counts the credentials that the client has obtained. The first ones have the number 1. */
  get generation(): number {
    return this.#exchange.generation;
  }

  /** Time of the exchange according to this machine's clock. */
  get obtainedAt(): Date {
    return new Date(this.#exchange.obtainedAt);
  }

  /** Returns whether `other` has the same Kafka settings. Ignores the generation. */
  sameAs(other: BrokerCredentials): boolean {
    return JSON.stringify(this.toLibrdkafka()) === JSON.stringify(other.toLibrdkafka());
  }

  /**
   * Returns the settings as librdkafka properties, including all of {@link
   * BrokerCredentials.settings}. The plain object contains the **password in clear text**, and
   * other secrets that the Portal sent. Pass it to a librdkafka client, but do not log it.
   *
   * @example
   * ```ts
   * import { QuixStreamingClient } from 'quix-streams-auth';
   *
   * const quix = new QuixStreamingClient();
   * const config = (await quix.getBrokerCredentials()).toLibrdkafka();
   * // new Producer(config) of node-rdkafka or @confluentinc/kafka-javascript
   * ```
   */
  toLibrdkafka(): Record<string, string> {
    return toLibrdkafkaProperties(this.#settings);
  }

  /** Returns the properties for logs. Hides the password, and describes the CA in words. */
  toJSON(): Record<string, unknown> {
    const { sasl, ca, clientId, settings, generation, obtainedAt } = this;
    return {
      workspaceId: this.workspaceId,
      brokers: this.brokers,
      securityProtocol: this.securityProtocol,
      ...(sasl && { sasl: sasl.toJSON() }),
      ca: ca === undefined ? 'default certificate authorities' : 'private certificate authority',
      ...(clientId !== undefined && { clientId }),
      ...(Object.keys(settings).length > 0 && { settings }),
      generation,
      obtainedAt,
    };
  }

  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    return `BrokerCredentials ${inspect(this.toJSON(), options)}`;
  }
}

/** Returns broker settings as librdkafka properties, including all secrets in clear text. */
export function toLibrdkafkaProperties(broker: BrokerSettings): Record<string, string> {
  const { brokers, securityProtocol, sasl, ca, clientId, settings, secretSettings } = broker;
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
    ...settings,
    ...secretSettings,
  };
}
