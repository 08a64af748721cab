import type { SecureContext } from 'node:tls';
import {
  QuixError,
  type BrokerCredentials,
  type ClientDescription,
  type QuixStreamingClient,
} from 'quix-streams-auth';
import type { AuthMode } from './connection-settings.ts';
import { LOGIN_POLICY } from './login-policy.ts';
import { SUPPORTED_MECHANISMS } from './sasl-login.ts';
import { secureContext } from './secure-context.ts';

/** The members of a {@link QuixStreamingClient} that an adapter uses. */
export interface CredentialSource extends Pick<
  QuixStreamingClient,
  'getBrokerCredentials' | 'invalidate'
> {
  describe(): Pick<ClientDescription, 'securityProtocol'>;
}

/**
 * The credentials that all connections of one Kafka client share, and the outcome of its logins.
 */
export class BrokerSession {
  /** How the Kafka client logs in. */
  readonly authMode: AuthMode;
  readonly #quix: CredentialSource;
  readonly #clientName: string;
  #current: BrokerCredentials | undefined;
  #hasLoggedIn = false;
  /** The snapshot that was refused last, and how many were refused since the last login. */
  #refused: BrokerCredentials | undefined;
  #refusals = 0;
  #refusedAt = -Infinity;
  #reason: string | undefined;

  /** @param clientName - Name of the Kafka client, for error messages. */
  constructor(quix: CredentialSource, clientName: string, authMode: AuthMode) {
    this.#quix = quix;
    this.#clientName = clientName;
    this.authMode = authMode;
  }

  /** The snapshot that was loaded last. */
  get current(): BrokerCredentials | undefined {
    return this.#current;
  }

  /** TLS context for the current snapshot. */
  get secureContext(): SecureContext | undefined {
    return this.#current && secureContext(this.#current);
  }

  /**
   * Returns the newest snapshot. A login must take user name and password from the same snapshot.
   *
   * @throws QuixError `QUIX_UNSUPPORTED` if the Kafka client cannot use the credentials, and the
   * errors of {@link QuixStreamingClient.getBrokerCredentials}
   */
  async load(forceRefresh = false): Promise<BrokerCredentials> {
    try {
      const credentials = await this.#quix.getBrokerCredentials(
        forceRefresh ? { forceRefresh } : undefined,
      );
      this.#assertUsable(credentials);
      return (this.#current = credentials);
    } catch (error) {
      throw error instanceof QuixError ? this.#explain(error) : error;
    }
  }

  /**
   * Records that Kafka refused a snapshot and invalidates it. Each snapshot counts once, however
   * many connections are refused with it. Does nothing for an outdated snapshot.
   *
   * @param reason - Kafka's or the client's own words, for the error message.
   */
  refuse(credentials: BrokerCredentials | undefined, reason: string): void {
    if (!credentials || credentials !== this.#current) return;
    if (credentials !== this.#refused) {
      const now = performance.now();
      if (now - this.#refusedAt > LOGIN_POLICY.forgottenAfterMs) this.#refusals = 0;
      this.#refusals++;
      this.#refusedAt = now;
      this.#refused = credentials;
    }
    this.#reason = reason;
    this.#quix.invalidate(credentials);
  }

  /** Records that Kafka accepted a login. */
  accepted(): void {
    this.#hasLoggedIn = true;
    this.#refusals = 0;
    this.#reason = undefined;
  }

  #assertUsable({ sasl }: BrokerCredentials): void {
    const { authMode } = this;
    if (authMode === 'user') return;
    if (authMode !== 'any' && authMode !== (sasl ? 'sasl' : 'none')) {
      throw new QuixError(
        'QUIX_UNSUPPORTED',
        `The broker ${sasl ? 'requires' : 'does not use'} SASL. The ${this.#clientName} client was configured before this was known.`,
        { hint: 'Await quix.getBrokerCredentials() before you configure the client.' },
      );
    }
    if (sasl && !SUPPORTED_MECHANISMS.includes(sasl.mechanism)) {
      throw new QuixError(
        'QUIX_UNSUPPORTED',
        `The broker requires the SASL mechanism ${sasl.mechanism}.`,
        { hint: `The ${this.#clientName} adapter supports ${SUPPORTED_MECHANISMS.join(', ')}.` },
      );
    }
  }

  /**
   * Adds Kafka's reason to a `QUIX_CREDENTIALS_REFUSED` error and decides whether it is final. It
   * is final for a client that has never logged in, and after `maxRefusals` for one that has, so
   * that a supervisor can restart the service.
   */
  #explain(error: QuixError): QuixError {
    if (error.code !== 'QUIX_CREDENTIALS_REFUSED' || this.#reason === undefined) return error;
    return error.copy({
      summary: `${error.summary} Kafka's reason: ${this.#reason}.`,
      retryable: this.#hasLoggedIn && this.#refusals < LOGIN_POLICY.maxRefusals,
    });
  }
}
