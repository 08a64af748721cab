import type { Dispatcher } from 'undici';
import { MAX_TIMER_MS } from '../abort.ts';
import { decodeCa, parseBrokerList } from '../credentials/index.ts';
import { configError } from '../errors.ts';
import {
  DEFAULT_PORTAL_API,
  parsePortalUrl,
  parseServiceOrigin,
  PORTAL_VARIABLE,
} from '../portal/index.ts';
import { ownProperties, readVariable } from '../own-properties.ts';
import { containsToken } from '../token/index.ts';
import type { Environment, TokenProvider, TokenWarningOptions } from '../token/index.ts';
import { VERSION } from '../version.ts';
import { WORKSPACE_VARIABLE, type WorkspaceReference } from '../workspace/index.ts';
import { isText, parseBrokerAddress } from './broker-address.ts';
import type { QuixClientOptions, ResolvedOptions } from './options.ts';

/** The variable that Quix's command line sets for local development. */
const BROKER_VARIABLE = 'Quix__Broker__Address';

const matches = (pattern: RegExp) => (value: unknown) => isText(value) && pattern.test(value);
const isObject = (value: unknown): boolean => typeof value === 'object';
const isPositive = (value: unknown): value is number => typeof value === 'number' && value > 0;
const isPem = (value: unknown): boolean =>
  isText(value) && value.includes('-----BEGIN ') && decodeCa(value) !== undefined;

function isTokenWarnings(value: unknown): boolean {
  if (value === false) return true;
  if (typeof value !== 'object') return false;
  const { expiryWithinMs = 0, ...unknownProperties } = ownProperties(value as TokenWarningOptions);
  const isDuration = typeof expiryWithinMs === 'number' && expiryWithinMs >= 0;
  return isDuration && Object.keys(unknownProperties).length === 0;
}

/** A check of a value, and the end of the error message for a wrong value. */
type Rule = readonly [isValid: (value: unknown) => boolean, problem: string];

const TOKEN_RULE: Rule = [
  (value) => isText(value) || typeof value === 'function',
  'is neither a string nor a function',
];

const TIMEOUT_RULE: Rule = [
  (value) => isPositive(value) && value <= MAX_TIMER_MS,
  `is not a number of milliseconds that is more than 0 and at most ${MAX_TIMER_MS}`,
];

const RULES: Readonly<Record<keyof QuixClientOptions, Rule>> = {
  token: TOKEN_RULE,
  tokenFile: [matches(/^[^\0]+$/), 'is not a path'],
  tokenEnvVar: [
    matches(/^(?!\s)[^=\0]+(?<!\s|_FILE)$/),
    'is not a valid name of a variable. The name must not end with _FILE, because the client reads the file in X_FILE for each variable X',
  ],
  fallbackToken: TOKEN_RULE,
  portalApi: [isText, 'is not a string'],
  workspaceId: [matches(/^[^\p{C}\p{Zl}\p{Zp}]{0,200}$/u), 'is neither an id nor a name'],
  brokerAddress: [
    (value) => isText(value) || isObject(value),
    'is neither a string nor an object like { brokers, securityProtocol }',
  ],
  autoCreateTopics: [(value) => typeof value === 'boolean', 'is neither true nor false'],
  tokenWarnings: [
    isTokenWarnings,
    'is neither false nor an object like { expiryWithinMs: 86400000 }',
  ],
  maxAgeMs: [isPositive, 'is not a positive number of milliseconds'],
  timeoutMs: TIMEOUT_RULE,
  topicTimeoutMs: TIMEOUT_RULE,
  services: [
    (value) => Array.isArray(value) && value.every(isText),
    'is not an array of origins like https://api.example.com',
  ],
  dispatcher: [
    (value) => typeof (value as Partial<Dispatcher>).dispatch === 'function',
    'is not an undici dispatcher',
  ],
  ca: [
    (value) => (Array.isArray(value) ? value.length > 0 && value.every(isPem) : isPem(value)),
    'is not a PEM certificate',
  ],
  logger: [isObject, 'is not an object'],
  env: [isObject, 'is not an object'],
  userAgent: [matches(/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/), 'is not printable ASCII'],
};

/** Names that a message may repeat. A longer name may be a secret in the wrong place. */
const SHORT_NAME = /^\w{1,23}$/;

/** Throws if a setting contains a token, because messages and descriptions repeat settings. */
function refuseToken(value: unknown, sourceWords: string): void {
  if (![value].flat().some(containsToken)) return;
  const summary = `${sourceWords} contains a token.`;
  throw configError(
    summary,
    'Remove it there. Pass a token only in an option for tokens, or in Quix__Sdk__Token.',
  );
}

/** Absent options are own properties too, so that `Object.prototype` cannot provide their values. */
const NO_OPTIONS: QuixClientOptions = Object.fromEntries(
  Object.keys(RULES).map((name) => [name, undefined]),
);

/** Checks options and adds absent ones as `undefined`. `null` counts as absent. */
function checkOptions(options: QuixClientOptions): QuixClientOptions {
  if (typeof options !== 'object' || Array.isArray(options)) {
    throw configError('The options are not an object.', 'Pass an object like { workspaceId }.');
  }
  const entries: [string, unknown][] = [];
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(RULES, name)) {
      const words =
        SHORT_NAME.test(name) && !containsToken(name) ? `option ${name}` : 'given option';
      const hint = `Valid options are ${Object.keys(RULES).join(', ')}.`;
      throw configError(`The ${words} does not exist.`, hint);
    }
    if (value === undefined || value === null) continue;
    const rule = RULES[name as keyof QuixClientOptions];
    if (rule !== TOKEN_RULE) refuseToken(value, `The option ${name}`);
    const [isValid, problem] = rule;
    if (!isValid(value)) {
      const hint = 'Pass another value, or leave the option out.';
      throw configError(`The option ${name} ${problem}.`, hint);
    }
    entries.push([name, value]);
  }
  return { ...NO_OPTIONS, ...Object.fromEntries(entries) };
}

/** Returns the text of an option, or else of a variable, and where it is from. */
function readSetting(
  name: 'portalApi' | 'workspaceId' | 'brokerAddress',
  given: string | undefined,
  env: Environment,
  variable: string,
): { text: string; source: WorkspaceReference['source']; sourceWords: string } | undefined {
  const option = given?.trim();
  if (option) return { text: option, source: 'option', sourceWords: `the option ${name}` };
  const text = readVariable(env, variable)?.trim();
  const sourceWords = `the environment variable ${variable}`;
  refuseToken(text, `The environment variable ${variable}`);
  const [isValid, problem] = RULES[name];
  if (text && !isValid(text)) {
    const hint = 'Correct the variable, or unset it.';
    throw configError(`The environment variable ${variable} ${problem}.`, hint);
  }
  return text ? { text, source: 'variable', sourceWords } : undefined;
}

/** Returns the settings of a local Kafka, or the name of the variable that a token overrides. */
function readLocalBroker(
  options: QuixClientOptions,
  env: Environment,
  workspaceId = 'local',
): Pick<ResolvedOptions, 'localBroker' | 'ignoredBrokerVariable'> {
  const { token, tokenFile, brokerAddress } = options;
  if (typeof brokerAddress === 'object') {
    const localBroker = parseBrokerAddress(brokerAddress, workspaceId);
    return { localBroker, ignoredBrokerVariable: undefined };
  }
  const hasToken = typeof token === 'function' || [token, tokenFile].some((text) => text?.trim());
  const address = readSetting('brokerAddress', brokerAddress, env, BROKER_VARIABLE);
  const isIgnored = hasToken && address?.source === 'variable';
  if (!address || isIgnored) {
    const ignoredBrokerVariable = isIgnored ? BROKER_VARIABLE : undefined;
    return { localBroker: undefined, ignoredBrokerVariable };
  }
  const brokers = parseBrokerList(address.text);
  if (!brokers) {
    const summary = `The broker address from ${address.sourceWords} is not a list of host:port.`;
    throw configError(summary, 'Use a value like localhost:9092.');
  }
  return {
    localBroker: { workspaceId, brokers, securityProtocol: 'PLAINTEXT' },
    ignoredBrokerVariable: undefined,
  };
}

/** Checks the arguments of the client's constructor and adds defaults. Does not read tokens. */
export function resolveOptions(
  tokenOrOptions: string | TokenProvider | QuixClientOptions | null | undefined,
  optionsAfterToken: QuixClientOptions | undefined,
): ResolvedOptions {
  const isOptions = typeof tokenOrOptions === 'object' && tokenOrOptions !== null;
  if (isOptions && optionsAfterToken !== undefined) {
    const hint =
      'Call new QuixStreamingClient(options) or new QuixStreamingClient(token, options).';
    throw configError('Options were passed twice.', hint);
  }
  const token = isOptions ? undefined : (tokenOrOptions ?? undefined);
  const others = checkOptions((isOptions ? tokenOrOptions : optionsAfterToken) ?? {});
  if (token !== undefined && others.token !== undefined) {
    const hint = 'Pass it as the first argument or as an option.';
    throw configError('The token was passed twice.', hint);
  }
  const options =
    token === undefined ? others : { ...others, token: checkOptions({ token }).token };
  const readEnv = (): Environment => options.env ?? process.env;
  const env = readEnv();
  const portal = readSetting('portalApi', options.portalApi, env, PORTAL_VARIABLE);
  const workspace = readSetting('workspaceId', options.workspaceId, env, WORKSPACE_VARIABLE);
  const userAgent = `quix-streams-auth/${VERSION} node/${process.versions.node}`;
  return {
    ...options,
    portal: portal ? parsePortalUrl(portal.text, portal.sourceWords) : new URL(DEFAULT_PORTAL_API),
    workspace: workspace && { idOrName: workspace.text, source: workspace.source },
    autoCreateTopics: options.autoCreateTopics ?? true,
    brokerAddress: undefined, // it may contain a password, and localBroker has its values
    ...readLocalBroker(options, env, workspace?.text),
    timeoutMs: options.timeoutMs ?? 30_000,
    topicTimeoutMs: options.topicTimeoutMs ?? 60_000,
    services: (options.services ?? []).map((text, index) =>
      parseServiceOrigin(text, `Entry ${index + 1} of the option services`),
    ),
    userAgent: options.userAgent === undefined ? userAgent : `${options.userAgent} ${userAgent}`,
    readEnv,
  };
}
