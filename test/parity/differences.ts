import type { Outcome } from './official-client.ts';
import type { Situation } from './generated.ts';

/** The calls that are compared in each generated situation. */
export const COMPARED = ['settings', 'group', 'transactionalId', 'topicId'] as const;

/** A deliberate difference between the two clients. docs/parity.md has a row with its name. */
export interface Difference {
  readonly name: string;
  /** Returns whether this difference explains two different results in a situation. */
  readonly applies: (
    official: Outcome,
    ours: Outcome,
    what: (typeof COMPARED)[number],
    situation: Situation,
  ) => boolean;
}

const settingsOf = ({ value }: Outcome): Record<string, string> =>
  (value ?? {}) as Record<string, string>;

const withoutKeys = (settings: Record<string, string>, keys: readonly string[]): string =>
  JSON.stringify(
    Object.entries(settings)
      .filter(([key]) => !keys.includes(key))
      .sort(),
  );

const isText = (value: unknown): value is string => typeof value === 'string';

/** All differences. If several apply, the first one is counted. */
export const DIFFERENCES: readonly Difference[] = [
  {
    name: 'The Portal confirms the workspace before a name gets a prefix',
    applies: (official, ours, what) =>
      (what === 'group' || what === 'transactionalId') &&
      isText(official.value) &&
      ours.error !== undefined,
  },
  {
    name: 'A workspace name can be used instead of a workspace id',
    applies: (_official, ours, _what, { workspaceId, portal }) =>
      ours.value !== undefined &&
      portal.workspaces?.some(({ name }) => name === workspaceId) === true,
  },
  {
    name: 'The prefix of a consumer group includes a dash',
    applies: (official, ours, what, { group }) =>
      what === 'group' &&
      official.value === group &&
      isText(ours.value) &&
      ours.value.endsWith(`-${group}`),
  },
  {
    name: 'A transactional id gets the prefix only once',
    applies: (official, ours, what, { transactionalId }) =>
      what === 'transactionalId' &&
      ours.value === transactionalId &&
      isText(official.value) &&
      official.value.endsWith(`-${transactionalId}`),
  },
  {
    name: 'An empty certificate is omitted',
    applies: (official, ours, what) =>
      what === 'settings' &&
      settingsOf(official)['ssl.ca.pem'] === '' &&
      withoutKeys(settingsOf(official), ['ssl.ca.pem']) ===
        withoutKeys(settingsOf(ours), ['ssl.ca.pem']),
  },
  {
    name: 'A setting that turns off verification or names a file is ignored',
    applies: (official, ours, what) => {
      const ignored = ['ssl.endpoint.identification.algorithm', 'ssl.ca.location'];
      // An empty certificate is omitted at the same time.
      const isSame = withoutKeys(settingsOf(official), [
        ...ignored,
        ...(settingsOf(official)['ssl.ca.pem'] === '' ? ['ssl.ca.pem'] : []),
      ]);
      return what === 'settings' && isSame === withoutKeys(settingsOf(ours), []);
    },
  },
  {
    name: 'A setting that the official client does not know is kept',
    applies: (official, ours, what) =>
      what === 'settings' &&
      official.error === 'ValidationError' &&
      'socket.timeout.ms' in settingsOf(ours),
  },
  {
    name: 'A workspace that is being deleted causes an error',
    applies: (_official, ours, _what, { portal }) =>
      ours.error === 'QUIX_WORKSPACE_NOT_FOUND' &&
      portal.workspaces?.some(({ status }) => status === 'Deleting') === true,
  },
  {
    name: 'A topic with the status Updating can be used',
    applies: (official, ours, what, { portal, topic }) =>
      what === 'topicId' &&
      official.error === 'QuixCreateTopicTimeout' &&
      ours.value !== undefined &&
      portal.workspaces?.some(({ topics }) =>
        topics?.some(
          (each) => typeof each === 'object' && each.name === topic && each.status === 'Updating',
        ),
      ) === true,
  },
];
