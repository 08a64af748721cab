import type { SecurityProtocol } from './credentials/index.ts';
import type { QuixErrorCode } from './errors.ts';
import type { TokenDescription } from './token/index.ts';

/** What {@link QuixStreamingClient.describe} says. Holds no secret. */
export interface ClientDescription {
  /**
   * `idle`: nothing was needed yet. `exchanging`: the first exchange is under way. `ready`:
   * credentials are held. `stale`: they are, but the Portal rejected the token since, or they are older than `maxAgeMs`. `refused`:
   * Kafka refused them and no newer answer came. `closed`.
   */
  readonly state: 'idle' | 'exchanging' | 'ready' | 'stale' | 'refused' | 'closed';
  /**
   * The token in use, or the one that would be; only its source where reading it takes I/O. Absent
   * for a local broker.
   */
  readonly token?: TokenDescription | { readonly source: string };
  /** Id of the Quix environment, once known. */
  readonly workspaceId?: string;
  /** Origin of the Portal API. */
  readonly portal: string;
  /** How the brokers are reached, once known. */
  readonly securityProtocol?: SecurityProtocol;
  /** That of the credentials held; 0 before the first. */
  readonly generation: number;
  /** When the credentials came, by the wall clock. */
  readonly obtainedAt?: Date;
  /** Age of the credentials in milliseconds, by the monotonic clock. */
  readonly ageMs?: number;
  /** Exchanges begun, failed ones included. */
  readonly exchanges: number;
  /** Exchanges that failed. */
  readonly failures: number;
  /** HTTP requests sent to the Portal, retries and questions about topics included. */
  readonly requests: number;
  /** How often Kafka refused the credentials: calls of `invalidate()` that were about the current ones. */
  readonly refusals: number;
  /** How often another token took over. */
  readonly rotations: number;
  /** What went wrong last, and when. */
  readonly lastError?: { readonly code: QuixErrorCode; readonly at: Date };
}
