import { QuixError } from 'quix-streams-auth';
import type { BrokerCredentials, Environment, QuixClientOptions } from 'quix-streams-auth';
import { explain, UsageError } from '../errors.ts';
import { createClient } from '../options.ts';
import { assertTokenVariable, describeToken, lookUpToken } from '../token-lookup.ts';

export type TokenName = 'Token 1' | 'Token 2';

/** Id and name of an environment. A client may be configured with either of them. */
export interface QuixEnvironment {
  readonly id: string;
  readonly name?: string | undefined;
}

/** Result of the check of one token. Contains no secret. */
export interface TokenFinding {
  readonly name: TokenName;
  readonly variable: string;
  readonly kind: string;
  readonly fingerprint: string;
  /** ISO text, `never` or `unknown`. */
  readonly expires: string;
  /** Absent if the exchange failed for another reason than a rejected token. */
  readonly isAccepted?: boolean;
  /** Present if the exchange succeeded. */
  readonly environment?: QuixEnvironment;
  /** Why the exchange failed. */
  readonly problem?: string;
}

/** Names in the output for librdkafka properties. Other properties keep their names. */
const SETTING_NAMES = new Map(
  Object.entries({
    'bootstrap.servers': 'brokers',
    'security.protocol': 'protocol',
    'sasl.mechanism': 'mechanism',
    'sasl.username': 'user name',
    'sasl.password': 'password',
    'ssl.ca.pem': 'CA',
    'client.id': 'client id',
  }),
);

/** Both tokens, and the names of the broker settings that differ between them. */
export interface TokenPair {
  readonly tokens: readonly [TokenFinding, TokenFinding];
  /** Absent if the exchange of one of the tokens failed. */
  readonly settings?: SettingsComparison | undefined;
}

interface SettingsComparison {
  readonly equal: readonly string[];
  readonly different: readonly string[];
}

/** Compares all broker settings, including the password. Returns only names. */
function compare(one: BrokerCredentials, other: BrokerCredentials): SettingsComparison {
  const [first, second] = [one.toLibrdkafka(), other.toLibrdkafka()];
  const names = Object.keys({ ...first, ...second });
  const label = (name: string): string => SETTING_NAMES.get(name) ?? name;
  return {
    equal: names.filter((name) => first[name] === second[name]).map(label),
    different: names.filter((name) => first[name] !== second[name]).map(label),
  };
}

/** Returns the environment of the tokens. `undefined` if no exchange succeeded. */
export const environmentOf = ([one, two]: TokenPair['tokens']): QuixEnvironment | undefined =>
  two.environment ?? one.environment;

/** Exchanges one token. */
async function checkToken(
  name: TokenName,
  variable: string,
  options: QuixClientOptions,
): Promise<{ finding: TokenFinding; credentials?: BrokerCredentials }> {
  const { env = {}, ...others } = options;
  // With Quix__Broker__Address, the client would use a local broker in place of the token.
  const envWithoutBroker: Environment = { ...env, Quix__Broker__Address: undefined };
  const tokenOptions = { ...others, tokenEnvVar: variable, env: envWithoutBroker };
  const lookup = await lookUpToken(tokenOptions);
  const { kind, fingerprint, expires } = describeToken(lookup);
  const known = { name, variable, kind, fingerprint, expires };
  await using quix = createClient(tokenOptions);
  try {
    const credentials = await quix.getBrokerCredentials();
    const workspace = await quix.getWorkspace().catch(() => undefined);
    const environment = { id: credentials.workspaceId, name: workspace?.name };
    return { finding: { ...known, isAccepted: true, environment }, credentials };
  } catch (error) {
    if (!(error instanceof QuixError) || error.code === 'QUIX_CONFIG') throw error;
    const { code, message, hint = '' } = explain(error);
    const isRejected = code === 'QUIX_TOKEN_REJECTED';
    const problem = `${code}: ${message} ${hint}`.trim();
    return { finding: { ...known, ...(isRejected && { isAccepted: false }), problem } };
  }
}

/**
 * Exchanges both tokens, and compares the broker settings.
 *
 * @throws UsageError if a variable has no token, or both have the same one
 */
export async function checkTokens(
  variables: readonly [string, string],
  options: QuixClientOptions,
): Promise<TokenPair> {
  for (const name of variables) assertTokenVariable(name, options.env);
  const [one, two] = await Promise.all([
    checkToken('Token 1', variables[0], options),
    checkToken('Token 2', variables[1], options),
  ]);
  if (one.finding.fingerprint === two.finding.fingerprint) {
    throw new UsageError(`The variables ${variables.join(' and ')} have the same token.`);
  }
  return {
    tokens: [one.finding, two.finding],
    settings: one.credentials && two.credentials && compare(one.credentials, two.credentials),
  };
}
