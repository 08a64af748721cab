import { QuixError } from '../errors.ts';
import { KAFKA_TOPIC_NAME } from '../portal/index.ts';
import { looksLikeToken, type Environment } from '../token/index.ts';

/**
 * Variables that contain the consumer group of a deployment. The platform and its templates use
 * both.
 */
const GROUP_VARIABLES = ['Quix__Consumer_Group', 'Quix__Consumer__Group'];
/** Default of the official Python client. */
const DEFAULT_GROUP = 'quixstreams-default';
/** Kafka accepts any text for groups and transactional ids. A control character is a mistake. */
const PRINTABLE_NAME = /^[^\p{C}]{1,249}$/u;

/**
 * Checks a name before it becomes part of a URL and of messages.
 *
 * @throws QuixError `QUIX_CONFIG`, without the text
 */
export function assertName(
  value: unknown,
  kind: 'topic' | 'consumer group' | 'transactional id',
): asserts value is string {
  const pattern = kind === 'topic' ? KAFKA_TOPIC_NAME : PRINTABLE_NAME;
  if (looksLikeToken(value)) {
    throw new QuixError('QUIX_CONFIG', `The name of the ${kind} is a token.`, {
      hint: `Pass the name of the ${kind} instead.`,
    });
  }
  if (typeof value !== 'string' || value.trim() === '' || !pattern.test(value)) {
    throw new QuixError('QUIX_CONFIG', `Kafka does not allow this name for a ${kind}.`, {
      hint:
        kind === 'topic'
          ? 'Use up to 249 letters, digits, dots, underscores and dashes.'
          : 'Use up to 249 printable characters.',
    });
  }
}

/**
 * Returns `<workspace>-<name>`. A name that already has the prefix is returned unchanged.
 *
 * @param prefix - Workspace id and dash. Without the dash, a group "org-project-devices" would seem
 * to belong to the workspace "org-project-dev".
 */
export function prefixedName(prefix: string, name: string): string {
  return name.startsWith(prefix) ? name : prefix + name;
}

/** Returns the consumer group to use when no name is passed. */
export function defaultGroup(env: Environment): string {
  const value = GROUP_VARIABLES.map((name) => env[name]?.trim()).find((text) => text);
  return value ?? DEFAULT_GROUP;
}

/** Returns a random consumer group. */
export function uniqueGroup(): string {
  return crypto.randomUUID().slice(0, 8);
}

/** Returns a random transactional id. */
export function uniqueTransactionalId(): string {
  return crypto.randomUUID();
}
