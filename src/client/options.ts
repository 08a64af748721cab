import type { Dispatcher } from 'undici';
import type { QuixLogger } from '../logger.ts';
import type { Environment, TokenProvider, TokenWarningOptions } from '../token/index.ts';
import type { WorkspaceReference } from '../workspace/index.ts';

/** Options of a {@link QuixStreamingClient}. Each has a default. */
export interface QuixClientOptions {
  /** The token, or a function that returns it. Blank or `undefined` counts as absent. */
  token?: string | TokenProvider | undefined;
  /** Path of a file that contains the token. Read again for each exchange. */
  tokenFile?: string | undefined;
  /** Name of an environment variable that contains the token. Read before `Quix__Sdk__Token`. */
  tokenEnvVar?: string | undefined;
  /**
   * Second token, for example Token 2. Tried once when the first one is rejected with 401. Stays in
   * use while the Portal accepts it.
   */
  fallbackToken?: string | TokenProvider | undefined;
  /**
   * Base URL of the Portal API. Must be https, or http on loopback.
   *
   * @default `Quix__Portal__Api`, else `https://portal-api.cloud.quix.io`
   */
  portalApi?: string | undefined;
  /**
   * Id or name of the environment. An id saves one request.
   *
   * @default `Quix__Workspace__Id`, else the only workspace that the token can see
   */
  workspaceId?: string | undefined;
  /**
   * Whether `getTopic()` creates a topic that does not exist.
   *
   * @default true
   */
  autoCreateTopics?: boolean | undefined;
  /**
   * Warnings about the validity period of a JWT. `false` disables them. Default: from two days
   * before the expiry.
   */
  tokenWarnings?: TokenWarningOptions | false | undefined;
  /**
   * Brokers of a local Kafka without authentication: `host:port`, separated by commas. No token is
   * needed and nothing is sent to the Portal. An explicit token takes precedence over the variable.
   *
   * @default `Quix__Broker__Address`
   */
  brokerAddress?: string | undefined;
  /**
   * Age in milliseconds after which the next call refreshes the credentials in the background.
   *
   * @default never, because broker credentials have no known expiry
   */
  maxAgeMs?: number | undefined;
  /**
   * Deadline of a whole exchange in milliseconds, including retries and the token function.
   *
   * @default 30000
   */
  timeoutMs?: number | undefined;
  /**
   * undici dispatcher for the requests to the Portal. The client does not close it. Default: one of
   * its own.
   */
  dispatcher?: Dispatcher | undefined;
  /**
   * PEM of certificate authorities to trust in addition to Node's own, for a private Portal.
   * Default: none.
   */
  ca?: string | string[] | undefined;
  /** Receives log lines: `console`, a pino logger, or any object of that shape. Default: none. */
  logger?: QuixLogger | undefined;
  /**
   * Environment to read variables from, for each exchange.
   *
   * @default process.env
   */
  env?: Environment | undefined;
  /**
   * Product token such as `my-service/1.2`, added in front of this package's own in `User-Agent`.
   * Default: none.
   */
  userAgent?: string | undefined;
}

/** Checked options with their defaults. */
export interface ResolvedOptions extends QuixClientOptions {
  readonly portal: URL;
  /** Brokers of a local Kafka. If set, the client uses neither a token nor an exchange. */
  readonly localBrokers: string[] | undefined;
  /** The workspace that the user configured. */
  readonly workspace: WorkspaceReference | undefined;
  readonly timeoutMs: number;
  readonly autoCreateTopics: boolean;
  readonly userAgent: string;
  readonly readEnv: () => Environment;
}
