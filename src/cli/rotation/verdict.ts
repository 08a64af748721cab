import { printable } from '../output.ts';
import type { Instance } from './instance.ts';
import { environmentOf, type TokenPair } from './tokens.ts';

/**
 * Which token an instance uses. `fallback`: it uses Token 1, and changes to Token 2 by itself when
 * the Portal rejects Token 1. `other`: neither Token 1 nor Token 2.
 */
export type Usage = 'token2' | 'fallback' | 'token1' | 'other' | 'unknown';

export interface CheckedInstance extends Instance {
  readonly usage: Usage;
  /** The reason against the verdict "Safe to rotate". */
  readonly obstacle?: Obstacle | undefined;
  /** Instruction that removes the obstacle. */
  readonly remedy?: string | undefined;
}

/** Obstacles, in the order in which the verdict names them. */
const OBSTACLES = {
  token1: ['still uses Token 1', 'still use Token 1'],
  other: ['uses another token', 'use another token'],
  elsewhere: ['belongs to another environment', 'belong to another environment'],
  unknown: ['is unknown', 'are unknown'],
  rejected: ['reports a rejected token', 'report a rejected token'],
  refused: ['cannot log in to Kafka', 'cannot log in to Kafka'],
} as const;

type Obstacle = keyof typeof OBSTACLES;

/** Remedies for an instance that uses Token 1, by the source of the token. */
const TOKEN_1_REMEDIES = new Map(
  Object.entries({
    argument: 'Pass Token 2 to the client and restart it, or call rotateToken() with Token 2.',
    provider:
      'Let the token function return Token 2. The next exchange calls it. Without maxAgeMs, call getBrokerCredentials({ forceRefresh: true }).',
    tokenFile:
      'Write Token 2 to the token file. The next exchange reads it. Without maxAgeMs, call getBrokerCredentials({ forceRefresh: true }).',
    fallbackToken: 'Set the first token to Token 2, and restart the instance.',
    rotateToken: 'Call rotateToken() with Token 2.',
    Quix__Sdk__Token:
      'Set the variable Quix__Sdk__Token to Token 2, and restart the instance. In a deployment inside Quix, the variable is always Token 1, so restart the deployment after the rotation.',
  }),
);

/** Returns what to do for an instance that uses Token 1. Sources without an entry are variables. */
function token1Remedy(source: string | undefined): string {
  if (source === undefined) return 'Give Token 2 to the instance.';
  return (
    TOKEN_1_REMEDIES.get(source.endsWith('_FILE') ? 'tokenFile' : source) ??
    `Set the variable ${source} to Token 2, and restart the instance. A running process does not see the change.`
  );
}

function remedyFor(obstacle: Obstacle, { source, remedy, logins }: Instance): string | undefined {
  const origin = source === undefined ? '' : ` from ${source}`;
  switch (obstacle) {
    case 'token1':
      return token1Remedy(source);
    case 'other':
      return `Check the token${origin}. Its fingerprint is neither that of Token 1 nor that of Token 2.`;
    case 'elsewhere':
      return 'Check the URL of the instance and --workspace.';
    case 'rejected':
      return `Check the token${origin} and the log of the instance.`;
    case 'refused':
      return `Check the log of the instance. Last error: ${logins?.reason ?? 'unknown'}.`;
    case 'unknown':
      return remedy;
  }
}

function usageOf(
  { fingerprint, fallbackFingerprint }: Instance,
  [one, two]: TokenPair['tokens'],
): Usage {
  if (fingerprint === undefined) return 'unknown';
  if (fingerprint === two.fingerprint) return 'token2';
  if (fingerprint !== one.fingerprint) return 'other';
  return fallbackFingerprint === two.fingerprint ? 'fallback' : 'token1';
}

/** Makes all texts of an instance printable, because another server sent them. */
function withPrintableTexts(instance: Instance): Instance {
  const texts = Object.entries(instance).filter(([, value]) => typeof value === 'string');
  const { logins } = instance;
  return {
    ...instance,
    ...Object.fromEntries(texts.map(([key, value]) => [key, printable(String(value))])),
    logins: logins && { ...logins, reason: logins.reason && printable(logins.reason) },
  };
}

/** Compares an instance with the tokens. */
export function checkInstance(received: Instance, tokens: TokenPair['tokens']): CheckedInstance {
  const instance = withPrintableTexts(received);
  const usage = usageOf(instance, tokens);
  const environment = environmentOf(tokens);
  const { workspace, hasRejectedToken, logins } = instance;
  const isElsewhere =
    environment !== undefined &&
    workspace !== undefined &&
    ![environment.id, environment.name].includes(workspace);
  let obstacle: Obstacle | undefined;
  if (isElsewhere) obstacle = 'elsewhere';
  else if (usage !== 'token2' && usage !== 'fallback') obstacle = usage;
  else if (hasRejectedToken === true) obstacle = 'rejected';
  else if (logins?.areRefused === true) obstacle = 'refused';
  return { ...instance, usage, obstacle, remedy: obstacle && remedyFor(obstacle, instance) };
}

export interface Verdict {
  readonly isSafe: boolean;
  readonly text: string;
}

/** Returns why the tokens cannot be rotated or, with `isAfter`, why they are not rotated yet. */
function tokenObstacle([one, two]: TokenPair['tokens'], isAfter: boolean): string | undefined {
  const needed = isAfter ? [two] : [one, two];
  const failed = needed.find(({ environment }) => !environment);
  if (failed?.isAccepted === false) {
    const hint = failed === one ? ' (if the tokens were rotated, use --after)' : '';
    return `the Portal rejects ${failed.name}${hint}`;
  }
  if (failed) return `${failed.name} could not be exchanged`;
  if (isAfter) {
    if (one.isAccepted === false) return undefined;
    return one.isAccepted === true
      ? 'the Portal still accepts Token 1 (if the tokens were rotated just now, use --watch)'
      : 'Token 1 could not be checked';
  }
  return one.environment?.id === two.environment?.id
    ? undefined
    : 'the tokens belong to different environments';
}

/** Joins names as in "a, b and c". */
const joinNames = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;

/** Decides whether the tokens can be rotated or, with `isAfter`, whether all instances use Token 2. */
export function decide(
  tokens: TokenPair['tokens'],
  instances: readonly CheckedInstance[],
  isAfter: boolean,
): Verdict {
  const problem = tokenObstacle(tokens, isAfter);
  const problems = problem === undefined ? [] : [problem];
  for (const [obstacle, [singular, plural]] of Object.entries(OBSTACLES)) {
    const names = instances.filter((each) => each.obstacle === obstacle).map(({ name }) => name);
    if (names.length > 0)
      problems.push(`${joinNames(names)} ${names.length === 1 ? singular : plural}`);
  }
  if (instances.length === 0) problems.push('no instance was found');
  if (problems.length > 0) return { isSafe: false, text: `Not yet: ${problems.join('; ')}` };
  const total = instances.length;
  const onToken2 = instances.filter(({ usage }) => usage === 'token2').length;
  const use = `${onToken2} of ${total} ${total === 1 ? 'instance uses' : 'instances use'} Token 2`;
  const onFallback = total - onToken2;
  const others =
    onFallback === 0 ? '' : `, and ${onFallback} ${onFallback === 1 ? 'falls' : 'fall'} back to it`;
  const end = isAfter ? '. No instance reports a rejected token' : '';
  return { isSafe: true, text: `${isAfter ? 'Rotated' : 'Safe to rotate'}: ${use}${others}${end}` };
}
