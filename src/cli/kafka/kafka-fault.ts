import { QuixError } from 'quix-streams-auth';
import { readProperty, errorCode } from '../../sanitize-error.ts';
import { StepFault } from '../doctor/checkup.ts';

/** Kafka's own words for what may go wrong, wherever a client puts them. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /SASL_AUTHENTICATION_FAILED|Authentication failed|authentication failed/i,
    'Kafka knows another user name or password than the Portal gave: check in Quix that the environment and its broker are healthy, and that the token is that of this environment.',
  ],
  [
    /TOPIC_AUTHORIZATION_FAILED|GROUP_AUTHORIZATION_FAILED|not authorized/i,
    "Topics and groups have to begin with the environment's id and a dash; this user may use no others.",
  ],
  [
    /UNKNOWN_TOPIC_OR_PARTITION|does not host this topic/i,
    'Check the name, or create the topic in Quix.',
  ],
  [/UNSUPPORTED_SASL_MECHANISM/i, 'The broker does not offer the mechanism that the Portal names.'],
  [
    /timed? ?out|TIMED_OUT|ETIMEDOUT/i,
    'The broker did not answer in time: look at the network between here and there.',
  ],
];

/** Kafka's own code in the chain of causes that each client wraps it in, else that of the error. */
function findWord(error: unknown, depth = 0): string | undefined {
  if (depth > 6 || typeof error !== 'object' || error === null) return undefined;
  if (error instanceof QuixError) return undefined;
  const inner = [readProperty(error, 'cause'), readProperty(error, 'originalError')];
  const errors = readProperty(error, 'errors');
  for (const each of [...inner, ...(Array.isArray(errors) ? (errors as unknown[]) : [])]) {
    const word = findWord(each, depth + 1);
    if (word !== undefined) return word;
  }
  for (const key of ['type', 'apiId', 'code']) {
    const word = readProperty(error, key);
    if (typeof word === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(word)) return word;
  }
  return errorCode(error);
}

/** The QuixError that an adapter of this package threw inside the client. */
function findOurs(error: unknown, depth = 0): QuixError | undefined {
  if (error instanceof QuixError) return error;
  if (depth > 6 || typeof error !== 'object' || error === null) return undefined;
  const errors = readProperty(error, 'errors');
  const inner = [
    readProperty(error, 'cause'),
    readProperty(error, 'originalError'),
    ...(Array.isArray(errors) ? (errors as unknown[]) : []),
  ];
  for (const each of inner) {
    const ours = findOurs(each, depth + 1);
    if (ours) return ours;
  }
  return undefined;
}

/** What a Kafka client threw, in words; of its message only what is known to hold no secret. */
export function toKafkaFault(what: string, error: unknown): StepFault {
  const ours = findOurs(error);
  const message = error instanceof Error ? error.message : '';
  const word = findWord(error);
  const text = `${word ?? ''} ${ours?.message ?? ''} ${message}`;
  const [, remedy] = REMEDIES.find(([pattern]) => pattern.test(text)) ?? [];
  const code = ours?.code === 'QUIX_CREDENTIALS_REFUSED' ? 'SASL_AUTHENTICATION_FAILED' : word;
  const said =
    ours && ours.code !== 'QUIX_CREDENTIALS_REFUSED' ? ours.message : (code ?? name(error));
  return new StepFault(
    `${what}: ${said}`,
    remedy ?? 'Look at the log of the broker, and at the network between here and there.',
    ours && ours.code !== 'QUIX_CREDENTIALS_REFUSED' ? ours.code : code,
  );
}

const name = (error: unknown): string => (error instanceof Error ? error.name : 'it failed');
