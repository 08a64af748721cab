import type { SecurityProtocol } from '../credentials/index.ts';
import type { QuixErrorCode } from '../errors.ts';
import type { TokenDescription } from '../token/index.ts';

/** Result of {@link QuixStreamingClient.describe}. Contains no secrets. */
export interface ClientDescription {
  /**
   * - `idle`: no credentials are cached, and no exchange is running.
   * - `exchanging`: no credentials are cached, and an exchange is running.
   * - `ready`: credentials are cached.
   * - `stale`: the cached credentials are older than `maxAgeMs`. Also after a refresh has failed
   *   with an error that is not retryable, until an exchange succeeds.
   * - `refused`: Kafka refused the credentials, and no exchange has succeeded since.
   * - `closed`: `close()` was called.
   */
  readonly state: 'idle' | 'exchanging' | 'ready' | 'stale' | 'refused' | 'closed';
  /**
   * The last token that the Portal, or a service in `services`, accepted. Until then, the token that
   * the first call will read. A function or a file is described by its source only. Absent for a
   * local broker.
   */
  readonly token?: TokenDescription | { readonly source: string };
  /** Time when `token` was first accepted, without another token since. */
  readonly tokenInUseSince?: Date;
  /** The token of the option `fallbackToken`. A function is described by its source only. */
  readonly fallbackToken?: TokenDescription | { readonly source: string };
  /** Id of the Quix environment. Before the first exchange, the configured id or name, if any. */
  readonly workspaceId?: string;
  /** Origin of the Portal API. */
  readonly portal: string;
  /** Security protocol of the brokers. Absent until it is known. */
  readonly securityProtocol?: SecurityProtocol;
  /** Client id that the brokers require. Absent if none is required, or until it is known. */
  readonly clientId?: string;
  /** How many times credentials were obtained. Same as `generation` of the cached credentials. */
  readonly generation: number;
  /** Time when the cached credentials were obtained. */
  readonly obtainedAt?: Date;
  /** Age of the cached credentials in milliseconds, by a monotonic clock. */
  readonly ageMs?: number;
  /** Number of started exchanges, including failed ones. */
  readonly exchanges: number;
  /** Number of exchanges that failed. */
  readonly failures: number;
  /** Number of all HTTP requests to the Portal, including retries and those of `fetch()`. */
  readonly requests: number;
  /** Number of `invalidate()` calls that marked the cached credentials as refused. */
  readonly refusals: number;
  /** Number of changes to another token. */
  readonly rotations: number;
  /**
   * Logins of all Kafka clients that an adapter of this package connected with this client. Logins
   * that renew the session of an open connection count too. librdkafka does not report each login.
   * For node-rdkafka and @confluentinc/kafka-javascript, the first login of a connected client
   * counts, and the first one after a refusal.
   */
  readonly logins: {
    /** Number of accepted logins. */
    readonly accepted: number;
    /** Number of refused logins, and of connections with a broker certificate that is not trusted. */
    readonly refused: number;
    /**
     * How many times a Kafka client got an error that is not retryable. A consumer ends after such
     * an error. A client counts again only after another login.
     */
    readonly ended: number;
    /**
     * How long Kafka has refused all logins, in milliseconds by a monotonic clock. The time begins
     * with the first refused login or final error after the last accepted login. Otherwise, 0.
     */
    readonly refusedForMs: number;
    /**
     * Whether a Kafka client got an error that is not retryable, and Kafka has not accepted a login
     * since. A login of any Kafka client that uses this client resets it.
     */
    readonly hasFinalError: boolean;
    /** Time of the last accepted login. */
    readonly lastAcceptedAt?: Date;
    /** Time of the last refused login or final error. */
    readonly lastRefusedAt?: Date;
    /** Reason of the last refused login or final error, and the name of the Kafka client. */
    readonly lastRefusal?: string;
  };
  /** Code and time of the last failed call or exchange. */
  readonly lastError?: { readonly code: QuixErrorCode; readonly at: Date };
}
