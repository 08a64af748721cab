import type { QuixError } from '../errors.ts';
import { getBrokerSettings, type PortalSession } from '../portal/index.ts';
import { ReentryGuard, type TokenSource } from '../token/index.ts';
import type { QuixWarning } from '../warnings.ts';
import type { WorkspaceAccess } from '../workspace/index.ts';
import type { BrokerSettings } from './broker-credentials.ts';
import { parseBrokerSettings } from './broker-settings.ts';

/**
 * Message of `tracingChannel('quix-streams-auth:exchange')` of `node:diagnostics_channel`. All
 * events of an exchange (`start`, `end`, `asyncStart`, `asyncEnd` and `error`) get the same object.
 * The object does not contain secrets. A subscriber that calls `getBrokerCredentials()` of the same
 * client gets the credentials of this exchange. A subscriber must not call `rotateToken()` of the
 * same client. Such a call would publish to the channel again, so it fails with
 * `QUIX_TOKEN_SOURCE_FAILED`.
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel';
 * import type { QuixExchangeTrace } from 'quix-streams-auth';
 *
 * subscribe('tracing:quix-streams-auth:exchange:asyncEnd', (message) => {
 *   const { portal, workspaceId, tokenSource, error } = message as QuixExchangeTrace;
 *   console.log(portal, workspaceId, tokenSource, error?.code ?? 'ok');
 * });
 * ```
 */
export interface QuixExchangeTrace {
  /** Origin of the Portal API. */
  readonly portal: string;
  /** Id of the environment. Set in `asyncStart` and `asyncEnd` if the exchange succeeded. */
  workspaceId?: string;
  /** Name of the source of the accepted token. Set together with `workspaceId`. */
  tokenSource?: string;
  /**
   * Set in `error`, `asyncStart` and `asyncEnd` if the exchange failed. If the signal of
   * `rotateToken()` was aborted, this is the signal's reason instead of a `QuixError`.
   */
  error?: QuixError;
}

/** Receives the errors of failed exchanges, and warnings about settings that the Portal sent. */
export interface ExchangeObserver {
  operationFailed(error: unknown): void;
  warn(warning: QuixWarning): void;
}

export interface CredentialExchangeOptions {
  readonly session: PortalSession;
  readonly workspace: WorkspaceAccess;
  /** Settings of a local broker. If set, no token is exchanged. */
  readonly localBroker: BrokerSettings | undefined;
  readonly observer: ExchangeObserver;
}

/** The token source of a rotation, which replaces the client's own sources. */
export interface Rotation {
  readonly source: TokenSource;
  /** If it aborts before the token is accepted, the exchange fails with its reason. */
  readonly signal: AbortSignal | undefined;
}

interface ExchangeOptions {
  readonly rotation?: Rotation | undefined;
  /** Whether Kafka clients cannot log in until the exchange succeeds. */
  readonly isUrgent?: boolean;
}

/** Exchanges a token for broker settings at the Portal. */
export class CredentialExchange {
  /** Exchanges started so far, including failed ones. */
  started = 0;
  /** Exchanges that failed so far. */
  failed = 0;
  /** Detects subscribers of the tracing channel that start another exchange. */
  readonly subscriberGuard = new ReentryGuard();
  readonly #options: CredentialExchangeOptions;

  constructor(options: CredentialExchangeOptions) {
    this.#options = options;
  }

  /**
   * Runs one exchange, counts it, and publishes it to the tracing channel. If the client uses a
   * local broker, returns the settings of the broker instead.
   */
  async run({ rotation, isUrgent }: ExchangeOptions = {}): Promise<BrokerSettings> {
    const { session, workspace, localBroker, observer } = this.#options;
    if (localBroker) return localBroker;
    const { tracingChannel } = process.getBuiltinModule('node:diagnostics_channel');
    const channel = tracingChannel<string, QuixExchangeTrace>('quix-streams-auth:exchange');
    const trace: QuixExchangeTrace = { portal: session.options.portal.origin };
    let settings!: BrokerSettings;
    this.started++;
    try {
      // The channel publishes what the function returns, so it must not return the password.
      const exchange = async (): Promise<void> => {
        using call = session.openCall({ source: rotation?.source, isUrgent });
        const { workspaceId, value } = await workspace.send(call, getBrokerSettings);
        const token = call.token?.reveal() ?? '';
        const warn = observer.warn.bind(observer);
        settings = parseBrokerSettings(value, { workspaceId, token, warn });
        const { sasl, secretSettings = {} } = settings;
        for (const secret of [...Object.values(secretSettings), sasl?.password]) {
          // The id of the workspace is not a secret, even if a test system uses it as the password.
          if (secret && !workspaceId.includes(secret)) session.rememberPassword(secret);
        }
        rotation?.signal?.throwIfAborted();
        call.acceptToken();
        trace.workspaceId = workspaceId;
        if (call.token) trace.tokenSource = call.token.source;
      };
      // Only the subscribers run inside the guard. The exchange itself leaves it.
      const guard = this.subscriberGuard;
      await (channel.hasSubscribers
        ? guard.run(() => channel.tracePromise(() => guard.leave(exchange), trace))
        : exchange());
    } catch (error) {
      this.failed++;
      observer.operationFailed(error);
      throw error;
    }
    return settings;
  }
}
