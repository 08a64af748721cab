import { isDeepStrictEqual } from 'node:util';
import { isRecord } from './compare.ts';
import type { GeneratedCase } from './generated.ts';
import type { Call, Outcome } from './this-package.ts';

/** The calls that both clients make in each generated case. */
export const GENERATED_CALLS = [
  'applicationSettings',
  'applicationGroup',
  'applicationTransactionalId',
  'applicationTopic',
] as const satisfies readonly Call[];

/** One result of a generated case. */
export interface GeneratedResult {
  readonly call: Call;
  readonly case: GeneratedCase;
  readonly official: Outcome;
  readonly thisPackage: Outcome;
}

/** A deliberate difference between the two clients. docs/parity.md shows the texts. */
export interface Difference {
  readonly name: string;
  readonly official: string;
  readonly thisPackage: string;
  readonly reason: string;
  /** Returns whether this difference explains why two results differ. */
  readonly explains: (result: GeneratedResult) => boolean;
}

/** Properties of the Portal that this package leaves out. */
const OMITTED = {
  'ssl.endpoint.identification.algorithm': 'none',
  'ssl.ca.location': '/etc/ssl/ca.pem',
  'ssl.ca.pem': '',
};

/** Returns whether the results differ only in omitted properties, and `names` contains one of them. */
function omits({ official, thisPackage }: GeneratedResult, ...names: string[]): boolean {
  if (!isRecord(official.value)) return false;
  const entries = Object.entries(official.value);
  const isOmitted = ([name, value]: [string, unknown]): boolean =>
    Object.entries(OMITTED).some((omitted) => omitted[0] === name && omitted[1] === value);
  return (
    entries.filter(isOmitted).some(([name]) => names.includes(name)) &&
    isDeepStrictEqual(
      Object.fromEntries(entries.filter((entry) => !isOmitted(entry))),
      thisPackage.value,
    )
  );
}

const topicStatus = ({ case: { environment, input } }: GeneratedResult): string | undefined =>
  environment?.topics?.flatMap((topic) =>
    typeof topic === 'object' && topic.name === input.topic ? [topic.status] : [],
  )[0];

/** Returns whether this package found the environment. The topic may still be unusable. */
const succeeds = (result: GeneratedResult): boolean =>
  result.thisPackage.error === undefined ||
  (result.thisPackage.error === 'QUIX_TOPIC_FAILED' &&
    ['Deleting', 'Error'].includes(topicStatus(result) ?? ''));

/** All differences. If several explain a result, the first one is counted. */
export const DIFFERENCES: readonly Difference[] = [
  {
    name: 'name of an environment instead of its id',
    official: 'fails',
    thisPackage: 'finds the environment with this name',
    reason: 'Users know the names of their environments.',
    explains: (result) =>
      result.official.status === 404 &&
      succeeds(result) &&
      result.case.environment?.name === result.case.input.workspaceId,
  },
  {
    name: 'consumer group that begins with the id of the environment, without a dash',
    official: 'leaves the group unchanged',
    thisPackage: 'adds the prefix',
    reason: 'The access rules of the broker require the prefix with the dash.',
    explains: ({ call, official, thisPackage, case: { environment, input } }) =>
      call === 'applicationGroup' &&
      official.value === input.group &&
      thisPackage.value === `${environment?.workspaceId}-${input.group}`,
  },
  {
    name: 'transactional id that already has the prefix',
    official: 'adds the prefix again',
    thisPackage: 'leaves the id unchanged',
    reason: 'Both clients do the same for a consumer group.',
    explains: ({ call, official, thisPackage, case: { environment, input } }) =>
      call === 'applicationTransactionalId' &&
      thisPackage.value === input.transactionalId &&
      input.transactionalId.startsWith(`${environment?.workspaceId}-`) &&
      official.value === `${environment?.workspaceId}-${input.transactionalId}`,
  },
  {
    name: '`ssl.endpoint.identification.algorithm=none` or `ssl.ca.location`',
    official: 'passes the property to librdkafka',
    thisPackage: 'leaves it out, and emits the warning `BROKER_SETTING_IGNORED`',
    reason:
      'Only the configuration of the user may turn off the verification of certificates or name a local file.',
    explains: (result) => omits(result, 'ssl.endpoint.identification.algorithm', 'ssl.ca.location'),
  },
  {
    name: 'empty `ssl.ca.pem`',
    official: 'passes the empty text to librdkafka',
    thisPackage: 'leaves it out',
    reason: 'An empty text is not a certificate. Telegraf could not connect with it (issue 16856).',
    explains: (result) => omits(result, 'ssl.ca.pem'),
  },
  {
    name: 'property that the official client does not know',
    official: 'fails',
    thisPackage: 'passes the property to librdkafka',
    reason: 'The Portal may send more properties in the future.',
    explains: (result) =>
      result.official.error === 'ValidationError' &&
      result.case.environment?.broker?.raw?.['socket.timeout.ms'] === '45000' &&
      (isRecord(result.thisPackage.value) && result.call === 'applicationSettings'
        ? result.thisPackage.value['socket.timeout.ms'] === '45000'
        : succeeds(result)),
  },
  {
    name: 'environment that is being deleted, and no configured id',
    official: 'uses the environment',
    thisPackage: 'fails with `QUIX_WORKSPACE_NOT_FOUND`',
    reason: 'A service should not start in such an environment. The former C# client failed, too.',
    explains: ({ official, thisPackage, case: { environment, input } }) =>
      official.error !== 'QuixApiRequestFailure' &&
      thisPackage.error === 'QUIX_WORKSPACE_NOT_FOUND' &&
      thisPackage.message?.includes('is being deleted') === true &&
      environment?.status === 'Deleting' &&
      input.workspaceId !== environment.workspaceId,
  },
  {
    name: 'token without access to any environment',
    official: 'reports that there are several environments',
    thisPackage: 'fails with `QUIX_WORKSPACE_NONE`',
    reason: 'The message names the cause.',
    explains: ({ official, thisPackage, case: { token } }) =>
      official.error === 'MultipleWorkspaces' &&
      thisPackage.error === 'QUIX_WORKSPACE_NONE' &&
      token === 'no-access',
  },
  {
    name: 'topic with the status `Updating` or `Deleting`',
    official: 'waits for the status `Ready`, until its time limit',
    thisPackage: 'returns the topic, or fails because it is being deleted',
    reason: 'The topic accepts messages during an update.',
    explains: (result) =>
      result.official.error === 'QuixCreateTopicTimeout' &&
      (topicStatus(result) === 'Updating'
        ? result.thisPackage.error === undefined
        : topicStatus(result) === 'Deleting' && result.thisPackage.error === 'QUIX_TOPIC_FAILED'),
  },
];
