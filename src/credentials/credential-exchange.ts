import { tracingChannel } from 'node:diagnostics_channel';
import type { QuixError } from '../errors.ts';
import { getBrokerSettings, type PortalSession } from '../portal/index.ts';
import type { TokenSource } from '../token/index.ts';
import type { WorkspaceAccess } from '../workspace/index.ts';
import type { BrokerSettings } from './broker-credentials.ts';
import { parseBrokerSettings } from './broker-settings.ts';

/**
 * Message of `tracingChannel('quix-streams-auth:exchange')` of `node:diagnostics_channel`. All
 * events of an exchange (`start`, `end`, `asyncStart`, `asyncEnd` and `error`) get the same object.
 * It does not contain secrets.
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

const channel = tracingChannel<string, QuixExchangeTrace>('quix-streams-auth:exchange');

/** Receives failed exchanges. */
export interface ExchangeObserver {
  callFailed(error: unknown): void;
}

export interface CredentialExchangeOptions {
  readonly session: PortalSession;
  readonly workspace: WorkspaceAccess;
  /** Brokers of a local Kafka. If set, no token is exchanged. */
  readonly localBrokers: readonly string[] | undefined;
  /** Workspace id for the credentials of a local broker. Default `local`. */
  readonly workspaceId: string | undefined;
  readonly observer: ExchangeObserver;
}

/** The token source of one exchange, in place of the client's own sources. */
export interface ExchangeSource {
  readonly source: TokenSource;
  /** If aborted before the token is accepted, the exchange fails with the signal's reason. */
  readonly signal: AbortSignal | undefined;
}

/** Exchanges a token for broker settings at the Portal. */
export class CredentialExchange {
  /** Exchanges started so far, including failed ones. */
  started = 0;
  /** Exchanges that failed so far. */
  failed = 0;
  readonly #options: CredentialExchangeOptions;

  constructor(options: CredentialExchangeOptions) {
    this.#options = options;
  }

  /**
   * Runs one exchange, counts it, and publishes it to the tracing channel. With a local broker,
   * returns its settings without an exchange. If the signal is aborted, throws its reason.
   */
  async run(rotation?: ExchangeSource): Promise<BrokerSettings> {
    const { session, workspace, localBrokers, observer } = this.#options;
    if (localBrokers) {
      const { workspaceId = 'local' } = this.#options;
      return { workspaceId, brokers: localBrokers, securityProtocol: 'PLAINTEXT' };
    }
    const trace: QuixExchangeTrace = { portal: session.options.portal.origin };
    let settings!: BrokerSettings;
    this.started++;
    try {
      // The channel publishes what the function returns, so it must not return the password.
      await channel.tracePromise(async () => {
        using call = session.openCall({ source: rotation?.source });
        const { workspaceId, value } = await workspace.send(call, getBrokerSettings);
        settings = parseBrokerSettings(value, workspaceId);
        rotation?.signal?.throwIfAborted();
        call.acceptToken();
        trace.workspaceId = workspaceId;
        if (call.token) trace.tokenSource = call.token.source;
      }, trace);
    } catch (error) {
      this.failed++;
      observer.callFailed(error);
      throw error;
    }
    return settings;
  }
}
