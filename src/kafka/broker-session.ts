import type { SecureContext } from 'node:tls';
import type { BrokerCredentials, SaslCredentials } from '../credentials/index.ts';
import type { QuixStreamingClient } from '../client.ts';
import type { ClientDescription } from '../describe.ts';
import { QuixError } from '../errors.ts';
import type { LoginKind } from './login-kind.ts';
import {
  isSupportedMechanism,
  SUPPORTED_MECHANISMS,
  type SupportedMechanism,
} from './sasl-mechanism.ts';
import { secureContext } from './secure-context.ts';

/** So often Kafka may refuse logins in a row before a running service is told to give up. */
const MAX_REFUSALS = 5;

/** A client that was not refused for this long has got in; librdkafka does not tell. */
const FORGOTTEN_AFTER_MS = 120_000;

/** What an adapter needs of a {@link QuixStreamingClient}. */
export interface CredentialSource extends Pick<
  QuixStreamingClient,
  'getBrokerCredentials' | 'invalidate'
> {
  describe(): Pick<ClientDescription, 'securityProtocol'>;
}

/** Credentials whose login an adapter can do; without `sasl` there is none to do. */
export interface UsableCredentials extends BrokerCredentials {
  readonly sasl: (SaslCredentials & { readonly mechanism: SupportedMechanism }) | undefined;
}

/** What the connections of one Kafka client share: the snapshot in use, and how its logins went. */
export class BrokerSession {
  readonly #quix: CredentialSource;
  readonly #clientName: string;
  readonly #login: LoginKind;
  #current: UsableCredentials | undefined;
  #hasLoggedIn = false;
  /** Refused snapshots since the last login that succeeded, and the time of the last one. */
  #refused = 0;
  #refusedAt = -Infinity;
  /** What Kafka said to the last one. */
  #refusedWith: string | undefined;

  /**
   * @param clientName - For messages: which Kafka client cannot do something.
   * @param login - What that client was configured for and can no longer change.
   */
  constructor(quix: CredentialSource, clientName: string, login: LoginKind) {
    this.#quix = quix;
    this.#clientName = clientName;
    this.#login = login;
  }

  /** The snapshot that was loaded last. */
  get current(): UsableCredentials | undefined {
    return this.#current;
  }

  /** How a connection with that snapshot is secured. */
  get secureContext(): SecureContext | undefined {
    return this.#current && secureContext(this.#current);
  }

  /**
   * The newest snapshot, of which a connection uses both user name and password.
   *
   * @throws QuixError `QUIX_UNSUPPORTED` when the client at hand cannot use it, and whatever
   * {@link QuixStreamingClient.getBrokerCredentials} throws
   */
  async load(forceRefresh = false): Promise<UsableCredentials> {
    let credentials: BrokerCredentials;
    try {
      credentials = await this.#quix.getBrokerCredentials(
        forceRefresh ? { forceRefresh } : undefined,
      );
    } catch (error) {
      throw error instanceof QuixError ? this.#withKafkaSide(error) : error;
    }
    this.#assertUsable(credentials);
    return (this.#current = credentials);
  }

  /** Kafka refused a snapshot; only the news about the current one counts, and only once. */
  refuse(credentials: BrokerCredentials | undefined, reason: string): void {
    if (!credentials || credentials !== this.#current) return;
    const now = performance.now();
    if (now - this.#refusedAt > FORGOTTEN_AFTER_MS) this.#refused = 0;
    this.#refusedAt = now;
    this.#refused++;
    this.#refusedWith = reason;
    this.#quix.invalidate(credentials);
  }

  /** Kafka accepted a login. */
  accepted(): void {
    this.#hasLoggedIn = true;
    this.#refused = 0;
    this.#refusedWith = undefined;
  }

  #assertUsable(credentials: BrokerCredentials): asserts credentials is UsableCredentials {
    const { sasl } = credentials;
    if (this.#login === 'own') return;
    if (this.#login !== 'either' && this.#login !== (sasl ? 'sasl' : 'none')) {
      throw new QuixError(
        'QUIX_UNSUPPORTED',
        `The broker ${sasl ? 'wants' : 'does without'} SASL, which was not known when the ${this.#clientName} client was configured.`,
        { hint: 'Await quix.getBrokerCredentials() before that.' },
      );
    }
    if (sasl && !isSupportedMechanism(sasl.mechanism)) {
      throw new QuixError(
        'QUIX_UNSUPPORTED',
        `The broker wants the SASL mechanism ${sasl.mechanism}.`,
        { hint: `With ${this.#clientName}, ${SUPPORTED_MECHANISMS.join(', ')} are supported.` },
      );
    }
  }

  /**
   * A refusal that stays is final: at once for a service that never got in, and for one that did
   * after {@link MAX_REFUSALS}, so that its supervisor can restart it.
   */
  #withKafkaSide(error: QuixError): QuixError {
    if (error.code !== 'QUIX_CREDENTIALS_REFUSED' || this.#refusedWith === undefined) return error;
    const { retryAfterMs, hint, cause } = error;
    return new QuixError(error.code, `${error.summary} Kafka's side: ${this.#refusedWith}.`, {
      retryable: this.#hasLoggedIn && this.#refused < MAX_REFUSALS,
      retryAfterMs,
      hint,
      cause,
    });
  }
}
