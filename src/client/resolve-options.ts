import type { Dispatcher } from 'undici';
import { decodeCa, parseBrokerList } from '../credentials/index.ts';
import { QuixError } from '../errors.ts';
import { DEFAULT_PORTAL_API, parsePortalUrl, PORTAL_VARIABLE } from '../portal/index.ts';
import {
  looksLikeToken,
  type Environment,
  type TokenProvider,
  type TokenWarningOptions,
} from '../token/index.ts';
import { VERSION } from '../version.ts';
import { WORKSPACE_VARIABLE } from '../workspace/index.ts';
import type { QuixClientOptions, ResolvedOptions } from './options.ts';

/** The variable that Quix's command line sets for local development. */
const BROKER_VARIABLE = 'Quix__Broker__Address';
/** Longest delay of a Node timer. */
const MAX_TIMER_MS = 2 ** 31 - 1;

function optionError(option: string, problem: string, hint: string): QuixError {
  return new QuixError('QUIX_CONFIG', `The option ${option} ${problem}.`, { hint });
}

const isBlank = (value: string | undefined): boolean => value === undefined || value.trim() === '';

/** Returns the problem of a value as the end of a sentence, or `undefined` for a valid value. */
type Check = (value: unknown) => string | undefined;

const checkText: Check = (value) => (typeof value === 'string' ? undefined : 'is not a string');
const checkTextOrFunction: Check = (value) =>
  typeof value === 'string' || typeof value === 'function'
    ? undefined
    : 'is neither a string nor a function';
const checkBoolean: Check = (value) =>
  typeof value === 'boolean' ? undefined : 'is neither true nor false';
const checkObject: Check = (value) => (typeof value === 'object' ? undefined : 'is not an object');
const checkTimeout: Check = (value) =>
  typeof value === 'number' && value > 0 && value <= MAX_TIMER_MS
    ? undefined
    : `is not a number of milliseconds that is more than 0 and at most ${MAX_TIMER_MS}`;

const CHECKS: Readonly<Record<keyof QuixClientOptions, Check>> = {
  token: checkTextOrFunction,
  tokenFile: (value) => {
    if (looksLikeToken(value)) return 'is a token instead of a path';
    return typeof value === 'string' && value !== '' && !value.includes('\0')
      ? undefined
      : 'is not a path';
  },
  tokenEnvVar: (value) => {
    if (looksLikeToken(value)) return 'is a token instead of the name of a variable';
    return typeof value === 'string' && /^[^=\0]+$/.test(value) && value.trim() === value
      ? undefined
      : 'is not a valid name of a variable';
  },
  fallbackToken: checkTextOrFunction,
  portalApi: checkText,
  workspaceId: (value) => {
    if (looksLikeToken(value)) return 'is a token instead of an id';
    return typeof value === 'string' && /^[^\p{C}]{0,200}$/u.test(value)
      ? undefined
      : 'is not an id';
  },
  brokerAddress: (value) =>
    looksLikeToken(value) ? 'is a token instead of host:port' : checkText(value),
  autoCreateTopics: checkBoolean,
  tokenWarnings: (value) => {
    if (value === false) return undefined;
    if (typeof value !== 'object') return 'is neither false nor an object';
    const { expiryWithinMs = 0, ...unknownProperties } = value as TokenWarningOptions;
    const [unknownName] = Object.keys(unknownProperties);
    if (unknownName !== undefined) return `has an unknown property ${unknownName}`;
    return typeof expiryWithinMs === 'number' && expiryWithinMs >= 0
      ? undefined
      : 'has an expiryWithinMs that is not a number of milliseconds';
  },
  maxAgeMs: (value) =>
    typeof value === 'number' && value > 0 ? undefined : 'is not a positive number of milliseconds',
  timeoutMs: checkTimeout,
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
  logger: checkObject,
  env: checkObject,
  userAgent: (value) =>
    typeof value === 'string' && /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(value)
      ? undefined
      : 'is not printable ASCII',
};

/**
 * Checks options and returns those that are set. `undefined` and `null` count as not set.
 *
 * @throws QuixError `QUIX_CONFIG`
 */
function checkOptions(options: QuixClientOptions): QuixClientOptions {
  const entries: [string, unknown][] = [];
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof QuixClientOptions] : undefined;
    if (!check)
      throw optionError(
        name,
        'does not exist',
        `Valid options are ${Object.keys(CHECKS).join(', ')}.`,
      );
    if (value === undefined || value === null) continue;
    const problem = check(value);
    if (problem !== undefined)
      throw optionError(name, problem, 'Pass another value, or leave the option out.');
    entries.push([name, value]);
  }
  return Object.fromEntries(entries);
}

/** A text of an option or a variable, and where it is from. */
interface Setting {
  readonly text: string;
  readonly source: string;
}

/** Returns the option, or else the variable, without surrounding white space. */
function readSetting(
  name: 'portalApi' | 'workspaceId' | 'brokerAddress',
  options: QuixClientOptions,
  env: Environment,
  variable: string,
): Setting | undefined {
  const option = options[name];
  if (option !== undefined && !isBlank(option))
    return { text: option.trim(), source: `the option ${name}` };
  const value = env[variable];
  return value === undefined || isBlank(value)
    ? undefined
    : { text: value.trim(), source: `the environment variable ${variable}` };
}

/** Returns the brokers of a local Kafka, or `undefined` if the client uses the Portal. */
function readLocalBrokers(options: QuixClientOptions, env: Environment): string[] | undefined {
  const { token, tokenFile, brokerAddress } = options;
  const hasExplicitToken =
    typeof token === 'function' || !isBlank(token ?? undefined) || !isBlank(tokenFile ?? undefined);
  if (isBlank(brokerAddress ?? undefined) && hasExplicitToken) return undefined;
  const address = readSetting('brokerAddress', options, env, BROKER_VARIABLE);
  if (!address) return undefined;
  const brokers = parseBrokerList(address.text);
  if (brokers) return brokers;
  throw new QuixError(
    'QUIX_CONFIG',
    `The broker address from ${address.source} is not a list of host:port.`,
    { hint: 'Use a value like localhost:9092.' },
  );
}

/**
 * Checks the arguments of the client's constructor and adds defaults. Does not read tokens.
 *
 * @throws QuixError `QUIX_CONFIG`
 */
export function resolveOptions(
  tokenOrOptions: string | TokenProvider | QuixClientOptions | null | undefined,
  optionsAfterToken: QuixClientOptions | undefined,
): ResolvedOptions {
  const isOptions = typeof tokenOrOptions === 'object' && tokenOrOptions !== null;
  if (isOptions && optionsAfterToken !== undefined) {
    throw new QuixError('QUIX_CONFIG', 'Options were passed twice.', {
      hint: 'Call new QuixStreamingClient(options) or new QuixStreamingClient(token, options).',
    });
  }
  const fromFirst = checkOptions(
    isOptions ? tokenOrOptions : { token: tokenOrOptions ?? undefined },
  );
  const fromSecond = checkOptions(optionsAfterToken ?? {});
  if ('token' in fromFirst && 'token' in fromSecond) {
    throw new QuixError('QUIX_CONFIG', 'The token was passed twice.', {
      hint: 'Pass it as the first argument or as an option.',
    });
  }
  const options = { ...fromSecond, ...fromFirst };
  const readEnv = (): Environment => options.env ?? process.env;
  const env = readEnv();
  const portal = readSetting('portalApi', options, env, PORTAL_VARIABLE);
  const workspace = readSetting('workspaceId', options, env, WORKSPACE_VARIABLE);
  const userAgent = `quix-streams-auth/${VERSION} node/${process.versions.node}`;
  return {
    ...options,
    portal: parsePortalUrl(portal?.text ?? DEFAULT_PORTAL_API, portal?.source ?? 'the default'),
    workspace: workspace && {
      text: workspace.text,
      source: isBlank(options.workspaceId) ? 'variable' : 'option',
    },
    autoCreateTopics: options.autoCreateTopics ?? true,
    localBrokers: readLocalBrokers(options, env),
    timeoutMs: options.timeoutMs ?? 30_000,
    userAgent: options.userAgent === undefined ? userAgent : `${options.userAgent} ${userAgent}`,
    readEnv,
  };
}
