import { QuixError } from '../errors.ts';
import { KAFKA_TOPIC_NAME } from '../portal/index.ts';
import { looksLikeToken, type Environment } from '../token/index.ts';

/** Environment variables for the consumer group of a deployment. Quix uses both spellings. */
const GROUP_VARIABLES = ['Quix__Consumer_Group', 'Quix__Consumer__Group'];
/** Default consumer group of the official Python client. */
const DEFAULT_GROUP = 'quixstreams-default';
/**
 * Accepted consumer groups and transactional ids. Kafka itself accepts any text, but a control
 * character or a very long name is a mistake.
 */
const PRINTABLE_NAME = /^[^\p{C}]{1,249}$/u;

/**
 * Checks a name before it becomes part of a URL or of a message.
 *
 * @throws QuixError `QUIX_CONFIG`. Its message does not contain the name.
 */
export function assertName(
  value: unknown,
  kind: 'topic' | 'consumer group' | 'transactional producer',
): asserts value is string {
  const pattern = kind === 'topic' ? KAFKA_TOPIC_NAME : PRINTABLE_NAME;
  if (looksLikeToken(value)) {
    throw new QuixError('QUIX_CONFIG', `The name of the ${kind} is a token.`, {
      hint: `Pass the name of the ${kind} instead.`,
    });
  }
  if (typeof value !== 'string' || value.trim() === '' || !pattern.test(value)) {
    throw new QuixError('QUIX_CONFIG', `The name of the ${kind} is not valid.`, {
      hint:
        kind === 'topic'
          ? 'Use up to 249 letters, digits, dots, underscores and dashes.'
          : 'Use up to 249 printable characters.',
    });
  }
}

/**
 * Adds a prefix to a name, unless the name already has the prefix.
 *
 * @param prefix - Workspace id, followed by a dash. The dash is necessary because the group
 * "org-project-devices" does not belong to the workspace "org-project-dev".
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
export function randomGroup(): string {
  return crypto.randomUUID().slice(0, 8);
}

/** Returns a random transactional id. */
export function randomTransactionalId(): string {
  return crypto.randomUUID();
}
