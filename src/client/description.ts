import type { SecurityProtocol } from '../credentials/index.ts';
import type { QuixErrorCode } from '../errors.ts';
import type { TokenDescription } from '../token/index.ts';

/** Result of {@link QuixStreamingClient.describe}. Contains no secrets. */
export interface ClientDescription {
  /**
   * - `idle`: no credentials are cached, and no exchange is running.
   * - `exchanging`: no credentials are cached, and an exchange is running.
   * - `ready`: credentials are cached.
   * - `stale`: credentials are cached, but they are older than `maxAgeMs`, or an exchange failed
   *   with an error that is not retryable, and none has succeeded since.
   * - `refused`: Kafka refused the credentials, and no exchange has succeeded since.
   * - `closed`: `close()` was called.
   */
  readonly state: 'idle' | 'exchanging' | 'ready' | 'stale' | 'refused' | 'closed';
  /**
   * The last token that the Portal accepted. Before that, the token that the first call will read.
   * If that token comes from a function or a file, only the source. Absent for a local broker.
   */
  readonly token?: TokenDescription | { readonly source: string };
  /**
   * Id of the Quix environment. Before the first exchange, the configured id or name, if there is
   * one.
   */
  readonly workspaceId?: string;
  /** Origin of the Portal API. */
  readonly portal: string;
  /** Security protocol of the brokers. Absent before the first exchange. */
  readonly securityProtocol?: SecurityProtocol;
  /** How many times credentials were obtained. The cached credentials have this number. */
  readonly generation: number;
  /** Time when the cached credentials were obtained. */
  readonly obtainedAt?: Date;
  /** Age of the cached credentials in milliseconds, by a clock that always runs forward. */
  readonly ageMs?: number;
  /** Number of started exchanges, including failed ones. */
  readonly exchanges: number;
  /** Number of exchanges that failed. */
  readonly failures: number;
  /** Number of all HTTP requests to the Portal, including retries. */
  readonly requests: number;
  /** Number of `invalidate()` calls that marked the cached credentials as refused. */
  readonly refusals: number;
  /** Number of changes to another token. */
  readonly rotations: number;
  /** Code and time of the last error. */
  readonly lastError?: { readonly code: QuixErrorCode; readonly at: Date };
}
