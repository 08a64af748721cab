import type { SecurityProtocol } from '../credentials/index.ts';
import type { QuixErrorCode } from '../errors.ts';
import type { TokenDescription } from '../token/index.ts';

/** Result of {@link QuixStreamingClient.describe}. Contains no secret. */
export interface ClientDescription {
  /**
   * - `idle`: no call has needed credentials yet.
   * - `exchanging`: the first exchange is running.
   * - `ready`: credentials are cached.
   * - `stale`: credentials are cached, but the Portal has since rejected the token, or they are
   *   older than `maxAgeMs`.
   * - `refused`: Kafka refused the credentials, and no exchange has succeeded since.
   * - `closed`: `close()` was called.
   */
  readonly state: 'idle' | 'exchanging' | 'ready' | 'stale' | 'refused' | 'closed';
  /**
   * The token in use, or the one that would be read first. Contains only the source if reading the
   * token needs I/O. Absent for a local broker.
   */
  readonly token?: TokenDescription | { readonly source: string };
  /** Id of the Quix environment. Absent until it is known. */
  readonly workspaceId?: string;
  /** Origin of the Portal API. */
  readonly portal: string;
  /** Security of the connections to the brokers. Absent until it is known. */
  readonly securityProtocol?: SecurityProtocol;
  /** Generation of the cached credentials. 0 before the first ones. */
  readonly generation: number;
  /** Time when the credentials were obtained, by the wall clock. */
  readonly obtainedAt?: Date;
  /** Age of the credentials in milliseconds, by the monotonic clock. */
  readonly ageMs?: number;
  /** Number of exchanges that were started, including failed ones. */
  readonly exchanges: number;
  /** Number of exchanges that failed. */
  readonly failures: number;
  /** Number of HTTP requests to the Portal, including retries and requests about topics. */
  readonly requests: number;
  /** Number of times that `invalidate()` marked the current credentials as refused. */
  readonly refusals: number;
  /** Number of changes to another token. */
  readonly rotations: number;
  /** Code and time of the last error. */
  readonly lastError?: { readonly code: QuixErrorCode; readonly at: Date };
}

/** Description of a client that has not sent anything yet. */
export const NOTHING_SENT: Omit<ClientDescription, 'portal'> = {
  state: 'idle',
  generation: 0,
  exchanges: 0,
  failures: 0,
  requests: 0,
  refusals: 0,
  rotations: 0,
};
