import type { SecureContext } from 'node:tls';
import {
  QuixError,
  type BrokerCredentials,
  type ClientDescription,
  type QuixStreamingClient,
  type SaslCredentials,
} from 'quix-streams-auth';
import type { AuthMode } from './connection-settings.ts';
import { LoginRefusals } from './login-refusals.ts';
import {
  isSupportedMechanism,
  SUPPORTED_MECHANISMS,
  type SupportedMechanism,
} from './sasl-login.ts';
import { secureContext } from './secure-context.ts';

/** The members of a {@link QuixStreamingClient} that an adapter uses. */
export interface CredentialSource extends Pick<
  QuixStreamingClient,
  'getBrokerCredentials' | 'invalidate'
> {
  describe(): Pick<ClientDescription, 'securityProtocol'>;
}

/** Credentials with a SASL mechanism that the adapters implement, or without SASL. */
export interface UsableCredentials extends BrokerCredentials {
  readonly sasl: (SaslCredentials & { readonly mechanism: SupportedMechanism }) | undefined;
}

/** The credentials that all connections of one Kafka client share, and the outcome of its logins. */
export class BrokerSession {
  /** How the Kafka client logs in. It cannot change later. */
  readonly authMode: AuthMode;
  readonly #quix: CredentialSource;
  readonly #clientName: string;
  readonly #refusals = new LoginRefusals();
  #current: UsableCredentials | undefined;
  #refused: BrokerCredentials | undefined;

  /** @param clientName - Name of the Kafka client, for error messages. */
  constructor(quix: CredentialSource, clientName: string, authMode: AuthMode) {
    this.#quix = quix;
    this.#clientName = clientName;
    this.authMode = authMode;
  }

  /** The snapshot that was loaded last. */
  get current(): UsableCredentials | undefined {
    return this.#current;
  }

  /** TLS context for the current snapshot. */
  get secureContext(): SecureContext | undefined {
    return this.#current && secureContext(this.#current);
  }

  /**
   * Returns the newest snapshot. A login must take user name and password from the same snapshot.
   *
   * @throws QuixError `QUIX_UNSUPPORTED` if the Kafka client cannot use the credentials, and the errors
   * of {@link QuixStreamingClient.getBrokerCredentials}
   */
  async load(forceRefresh = false): Promise<UsableCredentials> {
    let credentials: BrokerCredentials;
    try {
      credentials = await this.#quix.getBrokerCredentials(
        forceRefresh ? { forceRefresh } : undefined,
      );
    } catch (error) {
      throw error instanceof QuixError ? this.#refusals.explain(error) : error;
    }
    this.#assertUsable(credentials);
    return (this.#current = credentials);
  }

  /**
   * Records that Kafka refused a snapshot and invalidates it. Each snapshot counts once, however many
   * connections are refused with it. Does nothing for an outdated snapshot.
   */
  refuse(credentials: BrokerCredentials | undefined, reason: string): void {
    if (!credentials || credentials !== this.#current) return;
    if (credentials !== this.#refused) this.#refusals.add(reason);
    this.#refused = credentials;
    this.#quix.invalidate(credentials);
  }

  /** Records that Kafka accepted a login. */
  accepted(): void {
    this.#refusals.clear();
  }

  #assertUsable(credentials: BrokerCredentials): asserts credentials is UsableCredentials {
    const { authMode } = this;
    const { sasl } = credentials;
    if (authMode === 'user') return;
    if (authMode !== 'any' && authMode !== (sasl ? 'sasl' : 'none')) {
      throw new QuixError(
        'QUIX_UNSUPPORTED',
        `The broker ${sasl ? 'requires' : 'does not use'} SASL. The ${this.#clientName} client was configured before this was known.`,
        { hint: 'Await quix.getBrokerCredentials() before you configure the client.' },
      );
    }
    if (sasl && !isSupportedMechanism(sasl.mechanism)) {
      throw new QuixError(
        'QUIX_UNSUPPORTED',
        `The broker requires the SASL mechanism ${sasl.mechanism}.`,
        { hint: `The ${this.#clientName} adapter supports ${SUPPORTED_MECHANISMS.join(', ')}.` },
      );
    }
  }
}
