import { QuixError } from 'quix-streams-auth';
import { errorCode, readProperty } from '../../sanitize-error.ts';
import { StepFault } from '../doctor/checkup.ts';
import { explain } from '../errors.ts';

const MAX_DEPTH = 6;

/** Remedies by Kafka's own terms, which may be in a code or in a message. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /SASL_AUTHENTICATION_FAILED|authentication failed/i,
    'Kafka has another user name or password than the Portal returned. Check in Quix that the environment and its broker are healthy, and that the token belongs to this environment.',
  ],
  [
    /TOPIC_AUTHORIZATION_FAILED|GROUP_AUTHORIZATION_FAILED|not authorized/i,
    'This user can only use topics and groups that start with the id of the environment and a dash.',
  ],
  [
    /UNKNOWN_TOPIC_OR_PARTITION|does not host this topic/i,
    'Check the name, or create the topic in Quix.',
  ],
  [
    /UNSUPPORTED_SASL_MECHANISM/i,
    'The broker does not offer the SASL mechanism that the Portal returned.',
  ],
  [
    /timed? ?out|TIMED_OUT|ETIMEDOUT/i,
    'The broker did not respond in time. Check the network between this machine and the broker.',
  ],
];

/** Yields an error and the errors inside it, the innermost first. Kafka clients wrap errors. */
function* innerErrors(error: unknown, depth = 0): Generator<object> {
  if (depth > MAX_DEPTH || typeof error !== 'object' || error === null) return;
  if (!(error instanceof QuixError)) {
    const errors = readProperty(error, 'errors');
    const inner = [readProperty(error, 'cause'), readProperty(error, 'originalError')];
    for (const each of [...inner, ...(Array.isArray(errors) ? (errors as unknown[]) : [])]) {
      yield* innerErrors(each, depth + 1);
    }
  }
  yield error;
}

/** Returns the code of an error in the terms of Kafka or of Node. */
function kafkaCode(error: object): string | undefined {
  const codes = ['type', 'apiId', 'code'].map((key) => readProperty(error, key));
  const isCode = (code: unknown): code is string =>
    typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(code);
  return codes.find(isCode) ?? errorCode(error);
}

/** Converts an error of a Kafka client. Its message is not printed, because it may contain a secret. */
export function toKafkaFault(failure: string, error: unknown): StepFault {
  const errors = [...innerErrors(error)];
  const own = errors.find((each) => each instanceof QuixError);
  const foreign = errors.filter((each) => !(each instanceof QuixError));
  const wasRefused = own?.code === 'QUIX_CREDENTIALS_REFUSED';
  const found = foreign.map(kafkaCode).find((code) => code !== undefined);
  const code = wasRefused ? 'SASL_AUTHENTICATION_FAILED' : (own?.code ?? found);
  const reason =
    own && !wasRefused
      ? explain(own).message
      : (code ?? (error instanceof Error ? error.name : 'unknown error'));
  const message = error instanceof Error ? error.message : '';
  const text = `${code ?? ''} ${found ?? ''} ${own?.message ?? ''} ${message}`;
  const [, remedy] = REMEDIES.find(([pattern]) => pattern.test(text)) ?? [];
  return new StepFault(
    `${failure}: ${reason}`,
    remedy ?? 'Check the log of the broker, and the network between this machine and the broker.',
    code,
  );
}
