import type { SecureContext } from 'node:tls';
import { QuixError, type BrokerCredentials, type QuixStreamingClient } from 'quix-streams-auth';
import { REFUSAL_POLICY } from '../../credentials/index.ts';
import type { Warn } from '../../warnings.ts';
import { usesLocalBroker, type AuthMode } from './connection-settings.ts';
import { warnOfIgnoredSettings } from './ignored-settings.ts';
import { LOGIN_POLICY } from './login-policy.ts';
import { SUPPORTED_MECHANISMS } from './sasl-login.ts';
import { isUntrustedCertificate, secureContextFor } from './secure-context.ts';

/**
 * A `QuixStreamingClient`, or an object of the user with the same methods. An object of the user need
 * not have `warn()` and `recordLogin()`.
 */
type CredentialSource = Pick<QuixStreamingClient, 'getBrokerCredentials' | 'invalidate'> & {
  readonly describe?: QuixStreamingClient['describe'];
  warn?: Warn;
  recordLogin?: (outcome: 'accepted' | 'refused' | 'ended', reason?: string) => void;
};

/**
 * The credentials that all connections of one Kafka client share, and the outcome of its logins. A
 * snapshot is one `BrokerCredentials` object: the brokers, the login and the CA of one exchange.
 */
export class BrokerSession {
  /** The newest snapshot that this session knows. */
  current: BrokerCredentials | undefined;
  readonly authMode: AuthMode;
  readonly #appliesAllSettings: boolean;
  readonly #quix: CredentialSource;
  readonly #clientName: string;
  #hasLoggedIn = false;
  /** The snapshot that was refused last. */
  #refused: BrokerCredentials | undefined;
  /** Number of snapshots that were refused since the last login. */
  #refusals = 0;
  #refusedAt = -Infinity;
  /** Time of the first refusal that `#refusals` counts. */
  #firstRefusedAt = 0;
  /** Reason of the last refusal, until a login succeeds. */
  #reason: string | undefined;
  /** Whether the Kafka client got a final error since its last login. */
  #hasEnded = false;

  /**
   * @param clientName - Name of the Kafka client, for error messages.
   * @param appliesAllSettings - Whether the Kafka client applies all settings of the Portal. Only
   * librdkafka does.
   */
  constructor(
    quix: CredentialSource,
    clientName: string,
    authMode: AuthMode,
    appliesAllSettings = false,
  ) {
    this.#appliesAllSettings = appliesAllSettings;
    this.#quix = quix;
    this.#clientName = clientName;
    this.authMode = authMode;
  }

  /** TLS context for the current snapshot. */
  get secureContext(): SecureContext | undefined {
    return this.current && secureContextFor(this.current);
  }

  /**
   * Loads the newest snapshot. Take both parts of a login from the returned snapshot, because
   * `current` may change between two reads. After the first login, waits for a cooldown that ends
   * soon instead of rejecting, because a Kafka client pauses longer after each failure.
   *
   * @throws QuixError `QUIX_UNSUPPORTED` if the Kafka client cannot use the credentials, and the
   * errors of {@link QuixStreamingClient.getBrokerCredentials}
   */
  async load(forceRefresh = false): Promise<BrokerCredentials> {
    const giveUpAt = performance.now() + LOGIN_POLICY.maxCooldownWaitMs;
    for (;;) {
      try {
        return await this.#loadOnce(forceRefresh);
      } catch (error) {
        if (!(error instanceof QuixError)) throw error;
        const { retryable, retryAfterMs = Infinity } = error;
        const isSoon = performance.now() + retryAfterMs < giveUpAt;
        if (!this.#hasLoggedIn || !retryable || !isSoon) throw error;
        await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
      }
    }
  }

  async #loadOnce(forceRefresh: boolean): Promise<BrokerCredentials> {
    try {
      const options = forceRefresh ? { forceRefresh } : undefined;
      const credentials = await this.#quix.getBrokerCredentials(options);
      this.#assertSupported(credentials);
      if (!this.#appliesAllSettings && credentials !== this.current) {
        warnOfIgnoredSettings(this.#quix, this.#clientName, credentials);
      }
      return (this.current = credentials);
    } catch (error) {
      if (!(error instanceof QuixError)) throw error;
      const complete = this.#addReason(error);
      if (!complete.retryable && !this.#hasEnded) {
        this.#hasEnded = true;
        const reason = `${complete.code} (final error of ${this.#clientName})`;
        this.#quix.recordLogin?.('ended', reason);
      }
      throw complete;
    }
  }

  /**
   * Invalidates a snapshot after the Kafka client rejected the certificate of a broker. Exchanges
   * the token at once, because the environment may have a new CA, and a Kafka client may connect
   * many times before its next login. Resolves when the exchange has ended. The next connection gets
   * its error.
   *
   * @param code - OpenSSL's code for the problem with the certificate.
   */
  async recordUntrustedCertificate(
    credentials: BrokerCredentials | undefined,
    code: string,
  ): Promise<void> {
    if (!credentials || credentials !== this.current) return;
    this.recordRefusal(credentials, code);
    await this.load().catch(() => undefined);
  }

  /**
   * Invalidates a snapshot after Kafka refused its login, or after the Kafka client rejected the
   * broker's certificate. A snapshot counts once, even if several connections fail. If the snapshot
   * is not the current one, only `describe()` counts the refusal.
   *
   * @param reason - Kafka's name for the refusal, or OpenSSL's code for the certificate.
   */
  recordRefusal(credentials: BrokerCredentials | undefined, reason: string): void {
    if (!credentials) return;
    this.#quix.recordLogin?.('refused', `${reason} (${this.#clientName})`);
    if (credentials !== this.current) return;
    if (credentials !== this.#refused) {
      const now = performance.now();
      if (now - this.#refusedAt > REFUSAL_POLICY.forgottenAfterMs) this.#refusals = 0;
      if (this.#refusals++ === 0) this.#firstRefusedAt = now;
      this.#refusedAt = now;
      this.#refused = credentials;
    }
    this.#reason = reason;
    this.#quix.invalidate(credentials);
  }

  recordLogin(): void {
    this.#quix.recordLogin?.('accepted');
    this.#hasLoggedIn = true;
    this.#hasEnded = false;
    this.#refusals = 0;
    this.#reason = undefined;
  }

  #assertSupported({ sasl }: BrokerCredentials): void {
    const { authMode } = this;
    if (authMode === 'user') return;
    if (authMode !== 'any' && authMode !== (sasl ? 'sasl' : 'none')) {
      const summary = `The broker ${sasl ? 'requires' : 'does not use'} SASL. The ${this.#clientName} client was created for a broker ${sasl ? 'without' : 'with'} SASL.`;
      const hint = 'Await quix.getBrokerCredentials() before you create the client.';
      throw new QuixError('QUIX_UNSUPPORTED', summary, { hint });
    }
    if (sasl && !SUPPORTED_MECHANISMS.includes(sasl.mechanism)) {
      const summary = `The broker requires the SASL mechanism ${sasl.mechanism}.`;
      const hint = `The ${this.#clientName} adapter supports ${SUPPORTED_MECHANISMS.join(', ')}.`;
      throw new QuixError('QUIX_UNSUPPORTED', summary, { hint });
    }
  }

  /**
   * Adds the reason of the last refusal to a `QUIX_CREDENTIALS_REFUSED` error. The error is final
   * if the client has never logged in, or if it has been refused too often and for too long, so
   * that a supervisor can restart the service.
   */
  #addReason(error: QuixError): QuixError {
    if (error.code !== 'QUIX_CREDENTIALS_REFUSED' || this.#reason === undefined) return error;
    const { maxRefusals, finalAfterMs } = REFUSAL_POLICY;
    const isRecent = performance.now() - this.#firstRefusedAt < finalAfterMs;
    const retryable = this.#hasLoggedIn && (isRecent || this.#refusals < maxRefusals);
    if (!isUntrustedCertificate(this.#reason)) {
      const summary = `${error.summary} Last connection error: ${this.#reason}.`;
      return error.copy({ summary, retryable });
    }
    const portal =
      error.cause instanceof QuixError
        ? `The last exchange failed. ${error.cause.summary}`
        : `The Portal still returns ${this.current?.ca === undefined ? 'no CA for it' : 'the same CA'}.`;
    const description = this.#quix.describe?.();
    const isLocal = description && usesLocalBroker(description);
    const summary = `The certificate of a broker is not trusted (${this.#reason}).${isLocal ? '' : ` ${portal}`}`;
    const hint = isLocal
      ? 'Pass the certificate authority of the brokers as ca in brokerAddress.'
      : 'Ask the administrator of the Quix environment to check its CA and the certificates of its brokers.';
    return error.copy({ summary, hint, retryable });
  }
}
