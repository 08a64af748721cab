import { QuixError } from '../errors.ts';
import { KAFKA_TOPIC_NAME } from '../portal/index.ts';
import { looksLikeToken } from '../token/index.ts';

/** Kafka itself accepts any group, but a control character or a very long name is a mistake. */
const PRINTABLE_NAME = /^[^\p{C}]{1,249}$/u;

/** Throws `QUIX_CONFIG` if a name is not valid. The message does not contain the name. */
export function assertName(
  value: unknown,
  kind: 'topic' | 'consumer group' | 'transactional producer',
): asserts value is string {
  if (looksLikeToken(value)) {
    throw new QuixError('QUIX_CONFIG', `The name of the ${kind} is a token.`, {
      hint: `Pass the name of the ${kind} instead.`,
    });
  }
  const [pattern, characters] =
    kind === 'topic'
      ? [KAFKA_TOPIC_NAME, 'letters, digits, dots, underscores and dashes']
      : [PRINTABLE_NAME, 'printable characters'];
  if (typeof value === 'string' && value.trim() !== '' && pattern.test(value)) return;
  throw new QuixError('QUIX_CONFIG', `The name of the ${kind} is not valid.`, {
    hint: `Use up to 249 ${characters}.`,
  });
}
