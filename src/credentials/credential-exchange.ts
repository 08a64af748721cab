import { tracingChannel } from 'node:diagnostics_channel';
import type { QuixError } from '../errors.ts';
import { getBrokerSettings, type PortalSession } from '../portal/index.ts';
import type { TokenSource } from '../token/index.ts';
import type { WorkspaceAccess } from '../workspace/index.ts';
import type { BrokerSettings } from './broker-credentials.ts';
import { parseBrokerSettings } from './broker-settings.ts';

/**
 * Message of `tracingChannel('quix-streams-auth:exchange')` of `node:diagnostics_channel`. There is
 * one object per exchange, which is passed to `start`, `end`, `asyncStart`, `asyncEnd` and `error`.
 * Contains no secret.
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
  /** Name of the source of the accepted token. Set when `workspaceId` is. */
  tokenSource?: string;
  /** The error. Set in `error`, `asyncStart` and `asyncEnd` if the exchange failed. */
  error?: QuixError;
}

const channel = tracingChannel<string, QuixExchangeTrace>('quix-streams-auth:exchange');

/** Workspace id of a local broker when no workspace was named. */
const LOCAL_WORKSPACE = 'local';

/** Receives failed exchanges. */
export interface ExchangeObserver {
  callFailed(error: unknown): void;
}

/** Options of a {@link CredentialExchange}. */
export interface CredentialExchangeOptions {
  readonly session: PortalSession;
  readonly workspace: WorkspaceAccess;
  /** Brokers of a local Kafka. If set, the client uses neither a token nor an exchange. */
  readonly localBrokers: readonly string[] | undefined;
  readonly workspaceId: string | undefined;
  readonly observer: ExchangeObserver;
}

/** Another source for the token of one exchange, as `rotateToken()` passes it. */
export interface RotationOptions {
  readonly source: TokenSource;
  /** Aborts the rotation. Has no effect once the new token is in use. */
  readonly signal: AbortSignal | undefined;
}

/** Exchanges a token for broker settings at the Portal. */
export class CredentialExchange {
  readonly #options: CredentialExchangeOptions;
  #started = 0;
  #failed = 0;

  constructor(options: CredentialExchangeOptions) {
    this.#options = options;
  }

  /** Exchanges started so far, including failed ones. */
  get started(): number {
    return this.#started;
  }

  get failed(): number {
    return this.#failed;
  }

  /**
   * Runs one exchange, counts it, and publishes it to the tracing channel.
   *
   * @throws QuixError for every failure
   */
  async run(rotation?: RotationOptions): Promise<BrokerSettings> {
    const { localBrokers, workspaceId = LOCAL_WORKSPACE, session, observer } = this.#options;
    if (localBrokers) {
      return { workspaceId, brokers: localBrokers, securityProtocol: 'PLAINTEXT' };
    }
    const trace: QuixExchangeTrace = { portal: session.options.portal.origin };
    const received: BrokerSettings[] = [];
    this.#started++;
    try {
      // The channel publishes the return value, so the function must not return the password.
      await channel.tracePromise(async () => {
        received.push(await this.#request(trace, rotation));
      }, trace);
    } catch (error) {
      this.#failed++;
      observer.callFailed(error);
      throw error;
    }
    const [settings] = received as [BrokerSettings];
    return settings;
  }

  async #request(
    trace: QuixExchangeTrace,
    rotation: RotationOptions | undefined,
  ): Promise<BrokerSettings> {
    const { session, workspace } = this.#options;
    using call = session.openCall({ source: rotation?.source });
    const { workspaceId, value } = await workspace.send(call, getBrokerSettings);
    const settings = parseBrokerSettings(value, workspaceId);
    rotation?.signal?.throwIfAborted();
    call.acceptToken();
    trace.workspaceId = workspaceId;
    if (call.token) trace.tokenSource = call.token.source;
    return settings;
  }
}
