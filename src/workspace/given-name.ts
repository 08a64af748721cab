import { QuixError } from '../errors.ts';
import { looksLikeToken } from '../token/looks-like-token.ts';

/** What Kafka allows for topics. */
const TOPIC_NAME = /^[\w.-]{1,249}$/;
/** Kafka takes any text for groups and transactional ids; control characters are an accident. */
const OTHER_NAME = /^[^\p{C}]{1,249}$/u;
/**
 * Checks a name before it becomes part of a URL and of messages.
 *
 * @throws QuixError `QUIX_CONFIG`, without the text
 */
export function assertName(
  value: unknown,
  kind: 'topic' | 'consumer group' | 'transactional id',
): asserts value is string {
  const allowed = kind === 'topic' ? TOPIC_NAME : OTHER_NAME;
  if (looksLikeToken(value)) {
    throw wrong(`The ${kind} is a token instead of a name.`, 'Pass its name.');
  }
  if (typeof value !== 'string' || value.trim() === '' || !allowed.test(value)) {
    throw wrong(
      `The ${kind} is not a name that Kafka can have.`,
      kind === 'topic'
        ? 'Use up to 249 letters, digits, dots, underscores and dashes.'
        : 'Use up to 249 printable characters.',
    );
  }
}

function wrong(summary: string, hint: string): QuixError {
  return new QuixError('QUIX_CONFIG', summary, { hint });
}
