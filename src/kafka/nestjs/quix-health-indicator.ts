import type { ClientDescription, QuixErrorCode, QuixStreamingClient } from 'quix-streams-auth';

/** Time of refused logins after which the status is `down`. A rotation takes less time. */
const MAX_REFUSED_MS = 60_000;

/** Result of {@link QuixHealthIndicator.isHealthy}, as `@nestjs/terminus` expects it. */
export type QuixHealthResult<Key extends string = string> = Record<
  Key,
  {
    /** `down` if the client has no working credentials, or if Kafka refuses logins. */
    readonly status: 'up' | 'down';
    /** State of the client. */
    readonly state: ClientDescription['state'];
    /** Code of the last failed call or exchange. Only with the status `down`. */
    readonly lastError?: QuixErrorCode;
    /** Reason of the last refused login. Only with the status `down`. */
    readonly lastRefusal?: string;
  }
>;

/**
 * A health indicator for `@nestjs/terminus` 10, 11 or 12. {@link QuixModule} provides one.
 *
 * @example
 * ```ts
 * import { HealthCheckService } from '@nestjs/terminus';
 * import { QuixHealthIndicator } from 'quix-streams-auth/nestjs';
 *
 * // In a controller of your application:
 * const check = (health: HealthCheckService, quix: QuixHealthIndicator) =>
 *   health.check([() => quix.isHealthy('quix')]);
 * ```
 */
export class QuixHealthIndicator {
  readonly #quix: Pick<QuixStreamingClient, 'getBrokerCredentials' | 'describe'>;

  /** @param quix - The client to check. */
  constructor(quix: Pick<QuixStreamingClient, 'getBrokerCredentials' | 'describe'>) {
    this.#quix = quix;
  }

  /**
   * Checks whether the client has working credentials. Use it for readiness. Do not use it for
   * liveness, because a restart does not change the result.
   *
   * The status is `up` in the states `ready` and `stale`. It is `down` in the other states, if Kafka
   * has refused all logins for more than one minute, and after a Kafka client got an error that is
   * not retryable, such as the refusal of its first login. An accepted login of any Kafka client that
   * uses the same `QuixStreamingClient` makes it `up` again.
   *
   * Never rejects. Without cached credentials, the call starts an exchange.
   *
   * @param key - Property of the result. Default `quix`.
   * @typeParam Key - Type of `key`.
   */
  async isHealthy<Key extends string = 'quix'>(
    key: Key = 'quix' as Key,
  ): Promise<QuixHealthResult<Key>> {
    await this.#quix.getBrokerCredentials().catch(() => undefined); // describe() has the error
    const { state, lastError, logins } = this.#quix.describe();
    const canLogIn = !logins.hasFinalError && logins.refusedForMs < MAX_REFUSED_MS;
    const isUp = (state === 'ready' || state === 'stale') && canLogIn;
    const result: QuixHealthResult[string] = {
      status: isUp ? 'up' : 'down',
      state,
      ...(!isUp && lastError && { lastError: lastError.code }),
      ...(!isUp && logins.lastRefusal !== undefined && { lastRefusal: logins.lastRefusal }),
    };
    return { [key]: result } as QuixHealthResult<Key>;
  }
}
