import type { Dispatcher } from 'undici';
import { parseBrokerList } from './credentials/broker-list.ts';
import { decodeCa } from './credentials/ca.ts';
import { QuixError } from './errors.ts';
import type { QuixLogger } from './logger.ts';
import { DEFAULT_PORTAL_API, parsePortalUrl, PORTAL_VARIABLE } from './portal/portal-url.ts';
import type { Environment, TokenProvider, TokenWarningOptions } from './token/index.ts';
import { looksLikeToken } from './token/looks-like-token.ts';
import { VERSION } from './version.ts';
import { WORKSPACE_VARIABLE } from './workspace/choose-workspace.ts';
import type { GivenWorkspace } from './workspace/reconsider-workspace.ts';

/** The variable that Quix's command line writes for local development. */
const BROKER_VARIABLE = 'Quix__Broker__Address';
/** The longest delay that Node's timers take. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Options of a {@link QuixStreamingClient}. All of them have a default. */
export interface QuixClientOptions {
  /** The token, or a function that gives it. Blank or `undefined` counts as absent. */
  token?: string | TokenProvider | undefined;
  /** Path of a file that holds the token, read again at each exchange. */
  tokenFile?: string | undefined;
  /** Name of a variable of your own to read the token from, before `Quix__Sdk__Token`. */
  tokenEnvVar?: string | undefined;
  /** Tried once when the first token is rejected with 401, and kept while it works: Token 2. */
  fallbackToken?: string | TokenProvider | undefined;
  /**
   * Base URL of the Portal API. Https only, http on loopback alone.
   *
   * @default `Quix__Portal__Api`, else `https://portal-api.cloud.quix.io`
   */
  portalApi?: string | undefined;
  /**
   * Id or name of the environment. Knowing the id saves one request.
   *
   * @default `Quix__Workspace__Id`, else the only workspace that the token sees
   */
  workspaceId?: string | undefined;
  /**
   * Whether `getTopic()` creates a topic that does not exist, with the Portal's own defaults where it
   * is given no configuration.
   *
   * @default true
   */
  autoCreateTopics?: boolean | undefined;
  /**
   * What is said of a JWT's own times: `expiryWithinMs` is how long before the expiry a `warning`
   * begins (default two days). `false`: nothing is said.
   */
  tokenWarnings?: TokenWarningOptions | false | undefined;
  /**
   * A broker without authentication (`host:port`, several with commas) for local development: no
   * token is needed and nothing is sent to the Portal. An explicit token beats the variable.
   *
   * @default `Quix__Broker__Address`
   */
  brokerAddress?: string | undefined;
  /**
   * Age in milliseconds after which the next call refreshes the credentials in the background.
   *
   * @default never: they have no expiry
   */
  maxAgeMs?: number | undefined;
  /**
   * Milliseconds for a whole exchange, retries and token provider included.
   *
   * @default 30000
   */
  timeoutMs?: number | undefined;
  /** An undici dispatcher for the Portal requests; it is yours to close. */
  dispatcher?: Dispatcher | undefined;
  /** PEM of certificate authorities to trust besides Node's own, for a private Portal. */
  ca?: string | string[] | undefined;
  /** Receives log lines: `console`, a pino logger, or anything of that shape. */
  logger?: QuixLogger | undefined;
  /**
   * The environment to read variables from, at each exchange.
   *
   * @default process.env
   */
  env?: Environment | undefined;
  /** Product token to put before this package's own in `User-Agent`, such as `my-service/1.2`. */
  userAgent?: string | undefined;
}

/** Options checked and completed. */
export interface ResolvedOptions extends QuixClientOptions {
  readonly portal: URL;
  /** Brokers of a local Kafka: then there is neither token nor exchange. */
  readonly localBrokers: string[] | undefined;
  /** What was given for the workspace, and by what. */
  readonly workspace: GivenWorkspace | undefined;
  readonly timeoutMs: number;
  readonly autoCreateTopics: boolean;
  readonly userAgent: string;
  readonly readEnv: () => Environment;
}

function wrong(option: string, problem: string, hint: string): QuixError {
  return new QuixError('QUIX_CONFIG', `The option ${option} ${problem}.`, { hint });
}

const isBlank = (value: string | undefined): boolean => value === undefined || value.trim() === '';

type Check = (value: unknown) => string | undefined;

const isText: Check = (value) => (typeof value === 'string' ? undefined : 'is not a string');
const isTextOrFunction: Check = (value) =>
  typeof value === 'string' || typeof value === 'function'
    ? undefined
    : 'is neither a string nor a function';
const isBoolean: Check = (value) =>
  typeof value === 'boolean' ? undefined : 'is neither true nor false';
const isObject: Check = (value) => (typeof value === 'object' ? undefined : 'is not an object');
const isTimeout: Check = (value) =>
  typeof value === 'number' && value > 0 && value <= MAX_TIMER_MS
    ? undefined
    : `is not a number of milliseconds from 1 to ${MAX_TIMER_MS}`;

const CHECKS: Readonly<Record<keyof QuixClientOptions, Check>> = {
  token: isTextOrFunction,
  tokenFile: (value) => {
    if (looksLikeToken(value)) return 'is a token instead of a path';
    return typeof value === 'string' && value !== '' && !value.includes('\0')
      ? undefined
      : 'is not a path';
  },
  tokenEnvVar: (value) => {
    if (looksLikeToken(value)) return "is a token instead of a variable's name";
    return typeof value === 'string' && /^[^=\0]+$/.test(value) && value.trim() === value
      ? undefined
      : 'is not a name that a variable can have';
  },
  fallbackToken: isTextOrFunction,
  portalApi: isText,
  workspaceId: (value) => {
    if (looksLikeToken(value)) return 'is a token instead of an id';
    return typeof value === 'string' && /^[^\p{C}]{0,200}$/u.test(value)
      ? undefined
      : 'is not an id';
  },
  brokerAddress: (value) =>
    looksLikeToken(value) ? 'is a token instead of host:port' : isText(value),
  autoCreateTopics: isBoolean,
  tokenWarnings: (value) => {
    if (value === false) return undefined;
    if (typeof value !== 'object') return 'is neither false nor an object';
    const { expiryWithinMs = 0, ...others } = value as TokenWarningOptions;
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) return `has no property ${unknown}`;
    return typeof expiryWithinMs === 'number' && expiryWithinMs >= 0
      ? undefined
      : 'has an expiryWithinMs that is no number of milliseconds';
  },
  maxAgeMs: (value) =>
    typeof value === 'number' && value > 0 ? undefined : 'is not a positive number of milliseconds',
  timeoutMs: isTimeout,
  dispatcher: (value) =>
    typeof (value as Partial<Dispatcher> | null)?.dispatch === 'function'
      ? undefined
      : 'is not an undici dispatcher',
  ca: (value) => {
    const certificates: unknown[] = Array.isArray(value) ? value : [value];
    const isPem = (each: unknown): boolean =>
      typeof each === 'string' && each.includes('-----BEGIN CERTIFICATE-----') && !!decodeCa(each);
    return certificates.length > 0 && certificates.every(isPem)
      ? undefined
      : 'is not a PEM certificate';
  },
  logger: isObject,
  env: isObject,
  userAgent: (value) =>
    typeof value === 'string' && /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(value)
      ? undefined
      : 'is not printable ASCII',
};

/** Those given, checked. `undefined` and `null` count as not given: `token: process.env.X ?? null`. */
function checkOptions(options: QuixClientOptions): QuixClientOptions {
  const given: [string, unknown][] = [];
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof QuixClientOptions] : undefined;
    if (!check) throw wrong(name, 'does not exist', `Known are ${Object.keys(CHECKS).join(', ')}.`);
    if (value === undefined || value === null) continue;
    const problem = check(value);
    if (problem !== undefined) throw wrong(name, problem, 'See QuixClientOptions.');
    given.push([name, value]);
  }
  return Object.fromEntries(given);
}

/** The first text that is not blank, and where it is from. */
function firstText(
  option: string | undefined,
  optionName: string,
  env: Environment,
  variable: string,
): { text: string; from: string } | undefined {
  if (option !== undefined && !isBlank(option))
    return { text: option.trim(), from: `the option ${optionName}` };
  const value = env[variable];
  return value === undefined || isBlank(value)
    ? undefined
    : { text: value.trim(), from: `the environment variable ${variable}` };
}

function readLocalBrokers(options: QuixClientOptions, env: Environment): string[] | undefined {
  const { token, tokenFile, brokerAddress } = options;
  const hasExplicitToken =
    typeof token === 'function' || !isBlank(token ?? undefined) || !isBlank(tokenFile ?? undefined);
  if (isBlank(brokerAddress ?? undefined) && hasExplicitToken) return undefined;
  const address = firstText(brokerAddress, 'brokerAddress', env, BROKER_VARIABLE);
  if (!address) return undefined;
  const brokers = parseBrokerList(address.text);
  if (brokers) return brokers;
  throw new QuixError(
    'QUIX_CONFIG',
    `The broker address from ${address.from} is no list of host:port.`,
    {
      hint: 'Use a form like localhost:9092.',
    },
  );
}

/**
 * Checks what was passed to the constructor and completes it from the environment. Reads no token.
 *
 * @throws QuixError `QUIX_CONFIG`
 */
export function resolveOptions(
  tokenOrOptions: string | TokenProvider | QuixClientOptions | null | undefined,
  others: QuixClientOptions | undefined,
): ResolvedOptions {
  const isOptions = typeof tokenOrOptions === 'object' && tokenOrOptions !== null;
  if (isOptions && others !== undefined) {
    throw wrong(
      'object',
      'was given twice',
      'Call new QuixStreamingClient(options) or (token, options).',
    );
  }
  const first = checkOptions(isOptions ? tokenOrOptions : { token: tokenOrOptions ?? undefined });
  const second = checkOptions(others ?? {});
  const options = { ...second, ...first };
  if ('token' in first && 'token' in second) {
    throw wrong('token', 'was given twice', 'Pass it as the first argument or as an option.');
  }
  const readEnv = (): Environment => options.env ?? process.env;
  const env = readEnv();
  const portal = firstText(options.portalApi, 'portalApi', env, PORTAL_VARIABLE);
  const own = `quix-streams-auth/${VERSION} node/${process.versions.node}`;
  const workspace = firstText(options.workspaceId, 'workspaceId', env, WORKSPACE_VARIABLE);
  return {
    ...options,
    portal: parsePortalUrl(portal?.text ?? DEFAULT_PORTAL_API, portal?.from ?? 'the default'),
    workspaceId: workspace?.text,
    workspace: workspace && {
      text: workspace.text,
      source: isBlank(options.workspaceId) ? 'variable' : 'option',
    },
    autoCreateTopics: options.autoCreateTopics ?? true,
    localBrokers: readLocalBrokers(options, env),
    timeoutMs: options.timeoutMs ?? 30_000,
    userAgent: options.userAgent === undefined ? own : `${options.userAgent} ${own}`,
    readEnv,
  };
}
