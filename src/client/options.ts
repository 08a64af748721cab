import type { Dispatcher } from 'undici';
import type { BrokerSettings } from '../credentials/index.ts';
import type { BrokerAddress } from './broker-address.ts';
import type { QuixLogger } from '../logger.ts';
import type { Environment, TokenProvider, TokenWarningOptions } from '../token/index.ts';
import type { QuixTopicConfiguration, WorkspaceReference } from '../workspace/index.ts';

/** Options of a {@link QuixStreamingClient}. All of them are optional. */
export interface QuixClientOptions {
  /**
   * The token, or a function that returns it. Blank or `undefined` counts as absent. A function, a
   * file or a variable is read for each call that sends requests to the Portal. It is read again
   * when the Portal answers 401 or 403.
   */
  token?: string | TokenProvider | undefined;
  /** Path of a file that contains the token. The file is read again like a function. */
  tokenFile?: string | undefined;
  /**
   * Name of an environment variable with the token. Takes precedence over `Quix__Sdk__Token`. For
   * each variable `X`, the variable `X_FILE` may contain the path of a file with the token instead.
   * The name must not end with `_FILE`.
   */
  tokenEnvVar?: string | undefined;
  /** Second token. The client tries it after a 401, and keeps it while the Portal accepts it. */
  fallbackToken?: string | TokenProvider | undefined;
  /**
   * Base URL of the Portal API. Must use https. A loopback address may use http. Default:
   * `Quix__Portal__Api`, else `https://portal-api.cloud.quix.io`.
   */
  portalApi?: string | undefined;
  /**
   * Id or name of the environment. The first exchange needs 1 request with an id, 3 with a name,
   * else 2. An environment that is set is never replaced by another one. Default:
   * `Quix__Workspace__Id`, else the only environment that the token has access to.
   */
  workspaceId?: string | undefined;
  /** Whether `getTopic()` creates a topic that does not exist. Default: `true`. */
  autoCreateTopics?: boolean | undefined;
  /**
   * When to warn about the validity period of a JWT. `false` disables these warnings. Default: two
   * days before the JWT expires.
   */
  tokenWarnings?: TokenWarningOptions | false | undefined;
  /**
   * A Kafka of your own. The client then needs no token and sends nothing to the Portal by itself.
   * A string contains addresses without TLS and login, such as `localhost:9092`, separated by
   * commas. An object may contain a login and a certificate authority, see {@link BrokerAddress}.
   * Without TLS, the client emits the `warning` `BROKER_NOT_ENCRYPTED` for another machine. Default:
   * `Quix__Broker__Address`. If the option `token` or `tokenFile` is set, the client ignores this
   * variable and emits the `warning` `BROKER_VARIABLE_IGNORED`.
   */
  brokerAddress?: string | BrokerAddress | undefined;
  /** Age in milliseconds after which a call starts a background refresh. Default: no limit. */
  maxAgeMs?: number | undefined;
  /**
   * Time limit for an exchange, and for any other Portal call, in milliseconds. Includes retries
   * and the token function. Does not limit how long `getTopic()` waits for a topic, or the requests
   * of `fetch()`. More than 0 and at most 2147483647. Default: 30000.
   */
  timeoutMs?: number | undefined;
  /**
   * How long `getTopic()` waits for a topic to become ready, in milliseconds. Quix usually needs 10
   * to 15 s. More than 0 and at most 2147483647. Default: 60000.
   */
  topicTimeoutMs?: number | undefined;
  /**
   * Origins to which `fetch()` may send the token, besides the origin of the Portal, such as
   * `https://configuration.example.com`. Paths and wildcards are not allowed. Each origin must use
   * https. Loopback addresses may use http. So may hosts without a dot, because services in the same
   * Quix environment have such names. Default: none.
   */
  services?: readonly string[] | undefined;
  /** undici dispatcher for the Portal. The client does not close it. Default: one of its own. */
  dispatcher?: Dispatcher | undefined;
  /** Certificate authorities (PEM) of a private Portal, besides Node's own. Default: none. */
  ca?: string | string[] | undefined;
  /** Receives log lines, for example `console`, pino or winston. Default: none. */
  logger?: QuixLogger | undefined;
  /**
   * Environment variables. Variables for tokens, consumer groups and proxies are read when they are
   * needed. The constructor reads the others. Default: `process.env`.
   */
  env?: Environment | undefined;
  /**
   * Name and version of your program, such as `my-service/1.2`. The `User-Agent` header starts with
   * them. Default: it has only the versions of this package and of Node.
   */
  userAgent?: string | undefined;
}

/** Options of {@link QuixStreamingClient.getBrokerCredentials}. */
export interface GetBrokerCredentialsOptions {
  /** Aborts this call, which rejects with the reason. The exchange continues for other callers. */
  signal?: AbortSignal | undefined;
  /**
   * Whether to start an exchange even if credentials are cached. If the Portal is unavailable, the
   * call returns the cached credentials, unless Kafka refused them. Default `false`.
   */
  forceRefresh?: boolean | undefined;
}

/** Options of {@link QuixStreamingClient.getTopic}. */
export interface GetTopicOptions {
  /** Aborts this call, which rejects with the reason. Other calls for the same topic continue. */
  signal?: AbortSignal | undefined;
  /** Whether to create a topic that does not exist. Default: the client's `autoCreateTopics`. */
  create?: boolean | undefined;
  /** Configuration of a new topic. The Portal applies its defaults to omitted properties. */
  configuration?: QuixTopicConfiguration | undefined;
}

/** Checked options with their defaults. */
export interface ResolvedOptions extends Omit<QuixClientOptions, 'workspaceId'> {
  /** Origins as `URL.origin` returns them. */
  readonly services: readonly string[];
  readonly topicTimeoutMs: number;
  readonly portal: URL;
  /** Settings of a local Kafka. If set, the client uses neither a token nor an exchange. */
  readonly localBroker: BrokerSettings | undefined;
  /** Name of the variable of a local Kafka, if a token has precedence over it. */
  readonly ignoredBrokerVariable: string | undefined;
  /** The workspace in the option `workspaceId` or its variable. */
  readonly workspace: WorkspaceReference | undefined;
  readonly timeoutMs: number;
  readonly autoCreateTopics: boolean;
  readonly userAgent: string;
  readonly readEnv: () => Environment;
}
