import type {
  BrokerCredentials,
  CredentialObserver,
  ExchangeObserver,
} from '../credentials/index.ts';
import { QuixError, type QuixErrorCode } from '../errors.ts';
import { errorFields, log, type LogLevel, type QuixLogFields } from '../logger.ts';
import { isLoopback, type PortalObserver } from '../portal/index.ts';
import { sourceInWords, type Token } from '../token/index.ts';
import type { QuixWarning, QuixWarningCode } from '../warnings.ts';
import type { ClientDescription } from './client-description.ts';
import type { QuixClientEvents, SafeEmitter } from './events.ts';
import type { ResolvedOptions } from './options.ts';

/** Warnings that are emitted each time. Others are emitted once for each `about`. */
const REPEATED_WARNINGS: readonly QuixWarningCode[] = [
  'TOKEN_FILE_UNREADABLE',
  'CA_CHANGED',
  'KAFKA_CLIENT_OUTDATED',
  'KAFKA_LOGIN_REFUSED',
];

/** `ended`: the Kafka client got an error that is not retryable, after which a consumer ends. */
export type LoginOutcome = 'accepted' | 'refused' | 'ended';

const isLoopbackBroker = (broker: string): boolean =>
  isLoopback(broker.toLowerCase().replace(/:\d+$/, ''));

const tokenFields = (token: Token | undefined): Pick<QuixLogFields, 'source' | 'fingerprint'> =>
  token ? { source: token.source, fingerprint: token.fingerprint } : {};

/** Reports the activity of a client as events, log lines and counters. */
export class ActivityReporter implements PortalObserver, CredentialObserver, ExchangeObserver {
  readonly #options: ResolvedOptions;
  readonly #emitter: SafeEmitter<QuixClientEvents>;
  readonly #tokenInUse: () => Token | undefined;
  readonly #emittedWarnings = new Set<string>();
  #workspaceId: string | undefined;
  #lastFailure: unknown;
  rotations = 0;
  #logins: Omit<ClientDescription['logins'], 'refusedForMs'> = {
    accepted: 0,
    refused: 0,
    ended: 0,
    hasFinalError: false,
  };
  /** When a login was refused, without an accepted one since, by a monotonic clock. */
  #refusedSinceMs: number | undefined;
  lastError: { readonly code: QuixErrorCode; readonly at: Date } | undefined;
  /** Set by `close()`, which makes pending calls fail. These failures are not reported. */
  isClosed = false;

  constructor(
    options: ResolvedOptions,
    emitter: SafeEmitter<QuixClientEvents>,
    tokenInUse: () => Token | undefined,
  ) {
    this.#options = options;
    this.#emitter = emitter;
    this.#tokenInUse = tokenInUse;
    this.#workspaceId = options.workspace?.idOrName;
  }

  warn(warning: QuixWarning): void {
    if (this.isClosed) return;
    const key = `${warning.code} ${warning.about}`;
    if (this.#emittedWarnings.has(key) && !REPEATED_WARNINGS.includes(warning.code)) return;
    this.#emittedWarnings.add(key);
    const { code, about, message } = warning;
    this.#log('warn', message, { event: 'warning', code, about });
    this.#emitter.emit('warning', warning);
  }

  debug(message: string, fields: QuixLogFields): void {
    this.#log('debug', message, fields);
  }

  callOpened(): void {
    const { ignoredBrokerVariable: variable, portal } = this.#options;
    if (variable === undefined) return;
    const message = `A token was passed, so the variable ${variable} is ignored. The client uses the Portal ${portal.host}. To use the broker in the variable, do not pass the options token and tokenFile. Otherwise, remove the variable.`;
    this.warn({ code: 'BROKER_VARIABLE_IGNORED', about: variable, message });
  }

  tokenRejected(token: Token, service?: string): void {
    const rejectedBy = service === undefined ? 'The Portal' : `The service at ${service}`;
    const message = `${rejectedBy} rejected the token from ${sourceInWords(token.source)} (401).`;
    this.#log('warn', message, {
      event: 'tokenRejected',
      httpStatus: 401,
      ...tokenFields(token),
    });
    this.#emitter.emit('tokenRejected', token.describe());
  }

  tokenChanged(previous: Token, current: Token): void {
    this.rotations++;
    const message = `The token from ${sourceInWords(current.source)} is now in use.`;
    this.#log('info', message, {
      event: 'rotated',
      ...tokenFields(current),
      previousSource: previous.source,
      previousFingerprint: previous.fingerprint,
    });
    this.#emitter.emit('rotated', { previous: previous.describe(), current: current.describe() });
  }

  credentialsChanged(credentials: BrokerCredentials, previous?: BrokerCredentials): void {
    const { workspaceId, brokers, generation, securityProtocol, ca } = credentials;
    const { localBroker } = this.#options;
    const workspace = `workspace ${workspaceId}`;
    this.#workspaceId = workspaceId;
    const summary = `Obtained broker credentials of ${workspace} (generation ${generation}).`;
    const token = tokenFields(this.#tokenInUse());
    this.#log('info', summary, { event: 'credentials', generation, ...token });
    const isOnThisMachine = localBroker && brokers.every(isLoopbackBroker);
    if (!securityProtocol.endsWith('SSL') && !isOnThisMachine) {
      const [subject, remedy] = localBroker
        ? [
            'the configured broker address',
            'Use an address of another machine only in a network that you trust.',
          ]
        : [`the broker of ${workspace}`, 'Ask the administrator of the broker to enable TLS.'];
      const message = `Connections to ${subject} are not encrypted (${securityProtocol}). ${remedy}`;
      this.warn({ code: 'BROKER_NOT_ENCRYPTED', about: workspaceId, message });
    }
    if (previous && previous.ca !== ca) {
      const message = `The certificate authority of the brokers changed (generation ${generation}). New connections of kafkajs and @platformatic/kafka use it. For clients of confluentKafka() and of attach(), the warning KAFKA_CLIENT_OUTDATED follows. Other librdkafka clients have to be created again.`;
      this.warn({ code: 'CA_CHANGED', about: workspaceId, message });
    }
    this.#emitter.emit('credentials', credentials);
  }

  refreshFailed(error: QuixError): void {
    this.#emitter.emit('refreshFailed', error);
  }

  recordLogin(outcome: LoginOutcome, lastRefusal = ''): void {
    if (this.isClosed) return;
    const logins = this.#logins;
    const at = new Date();
    const isAccepted = outcome === 'accepted';
    this.#refusedSinceMs = isAccepted ? undefined : (this.#refusedSinceMs ?? performance.now());
    this.#logins = {
      ...logins,
      ...(isAccepted ? { lastAcceptedAt: at } : { lastRefusedAt: at, lastRefusal }),
      hasFinalError: !isAccepted && (logins.hasFinalError || outcome === 'ended'),
      [outcome]: logins[outcome] + 1,
    };
  }

  get logins(): ClientDescription['logins'] {
    const now = performance.now();
    return { ...this.#logins, refusedForMs: now - (this.#refusedSinceMs ?? now) };
  }

  /** Logs the error of a failed call or exchange and remembers it for `describe()`. */
  operationFailed(error: unknown): void {
    // Calls that share an exchange or a request fail with the same error object.
    if (error === this.#lastFailure || !(error instanceof QuixError) || this.isClosed) return;
    this.#lastFailure = error;
    this.lastError = { code: error.code, at: new Date() };
    this.#log('error', error.message, { event: 'failure', ...errorFields(error) });
  }

  #log(level: LogLevel, message: string, fields: QuixLogFields): void {
    const workspaceId = this.#workspaceId;
    const allFields = { ...fields, ...(workspaceId !== undefined && { workspaceId }) };
    log(this.#options.logger, level, message, allFields);
  }
}
