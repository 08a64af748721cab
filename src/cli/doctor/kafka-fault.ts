import { QuixError } from 'quix-streams-auth';
import { errorCode, readProperty } from '../../sanitize-error.ts';
import { StepFault } from './checkup.ts';

/** Remedies by Kafka's own terms, which may be in a code or in a message. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /SASL_AUTHENTICATION_FAILED|authentication failed/i,
    'Kafka has another user name or password than the Portal returned. Check in Quix that the environment and its broker are healthy, and that the token belongs to this environment.',
  ],
  [
    /(TOPIC|GROUP)_AUTHORIZATION_FAILED|not authorized/i,
    'This user can only use topics and groups that start with the id of the environment and a dash.',
  ],
  [/UNKNOWN_TOPIC|does not host this topic/i, 'Check the name, or create the topic in Quix.'],
  [/UNSUPPORTED_SASL/i, 'The broker does not offer the SASL mechanism that the Portal returned.'],
  [/timed? ?out|TIMED_OUT/i, 'Check the network between this machine and the broker.'],
];

/** Yields an error and the errors inside it, the innermost first. Kafka clients wrap errors. */
function* innerErrors(error: unknown, depth = 0): Generator<object> {
  if (depth > 6 || typeof error !== 'object' || error === null) return;
  if (!(error instanceof QuixError)) {
    const inner = ['cause', 'originalError', 'errors'].map((key) => readProperty(error, key));
    for (const each of inner.flat()) yield* innerErrors(each, depth + 1);
  }
  yield error;
}

/** Returns the code of an error in the terms of Kafka or of Node. */
function kafkaCode(error: object): string | undefined {
  const values = ['type', 'apiId', 'code'].map((key) => readProperty(error, key));
  return values.map((code) => errorCode({ code })).find((code) => code !== undefined);
}

/** Converts an error of a Kafka client. Its message may contain a secret, and is not printed. */
export function toKafkaFault(failure: string, error: unknown): StepFault {
  const errors = [...innerErrors(error)];
  const own = errors.find((each) => each instanceof QuixError);
  const isRefused = own?.code === 'QUIX_CREDENTIALS_REFUSED';
  const found = errors
    .filter((each) => each !== own)
    .map(kafkaCode)
    .find(Boolean);
  const code = isRefused ? 'SASL_AUTHENTICATION_FAILED' : (own?.code ?? found);
  const { name = 'unknown error', message = '' } = error instanceof Error ? error : {};
  const reason = own && !isRefused ? own.summary : (code ?? name);
  const text = `${code ?? ''} ${found ?? ''} ${own?.message ?? ''} ${message}`;
  const [, remedy = 'Check the log of the broker, and the network of this machine.'] =
    REMEDIES.find(([pattern]) => pattern.test(text)) ?? [];
  return new StepFault(`${failure}: ${reason}`, remedy, code);
}
