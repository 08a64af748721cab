import {
  getBrokerSettings,
  getTopic,
  getTopics,
  getWorkspace,
  getWorkspaces,
  queryPermission,
  type PortalRequest,
} from '../../portal/index.ts';

/** Ids for later requests, from earlier answers and the settings. */
export interface KnownIds {
  readonly workspaceId?: string | undefined;
  /** Name of an existing topic. */
  readonly topic?: string | undefined;
  readonly hasSecondToken: boolean;
  /** Id of a workspace and name of a topic that do not exist. */
  readonly unknownId: string;
}

type Target = Pick<PortalRequest<unknown>, 'path' | 'query'> &
  Partial<Pick<PortalRequest<unknown>, 'schema'>>;

export interface PlannedRequest {
  readonly title: string;
  /** Returns path and schema, or the reason why the request is not sent. */
  readonly target: (known: KnownIds) => Target | string;
  /** Default: the token of the settings. */
  readonly token?: 'none' | 'unknown' | 'second';
  readonly withoutVersion?: true;
}

const NO_WORKSPACE = 'no environment was found, use --workspace';

const inWorkspace =
  (target: (workspaceId: string, known: KnownIds) => Target | string): PlannedRequest['target'] =>
  (known) =>
    known.workspaceId === undefined ? NO_WORKSPACE : target(known.workspaceId, known);

const withSecondToken =
  (target: PlannedRequest['target']): PlannedRequest['target'] =>
  (known) =>
    known.hasSecondToken ? target(known) : '--token-2-env-var was not passed';

const permissionQuery = (resourceId: string): Target =>
  queryPermission({ resourceType: 'Workspace', resourceId, permission: 'Read' });

/** All requests, in the order in which they are sent. Each of them is a GET. */
export const REQUESTS = {
  workspaces: { title: 'GET /workspaces', target: getWorkspaces },
  workspace: { title: 'GET /workspaces/{workspaceId}', target: inWorkspace(getWorkspace) },
  brokerSettings: {
    title: 'GET /workspaces/{workspaceId}/broker/librdkafka',
    target: inWorkspace(getBrokerSettings),
  },
  topics: { title: 'GET /{workspaceId}/topics', target: inWorkspace(getTopics) },
  topic: {
    title: 'GET /{workspaceId}/topics/{name}',
    target: inWorkspace((workspaceId, { topic }) =>
      topic === undefined ? 'no topic was found' : getTopic(workspaceId, topic),
    ),
  },
  permission: {
    title: 'GET /auth/permissions/query',
    target: inWorkspace(permissionQuery),
  },
  deniedPermission: {
    title: 'GET /auth/permissions/query, for an unknown workspace',
    target: ({ unknownId }) => permissionQuery(unknownId),
  },
  tokenDetails: {
    title: 'GET /auth/token/details',
    target: () => ({ path: ['auth', 'token', 'details'] }),
  },
  unknownWorkspace: {
    title: 'GET /workspaces/{workspaceId}/broker/librdkafka, for an unknown workspace',
    target: ({ unknownId }) => getBrokerSettings(unknownId),
  },
  unknownTopic: {
    title: 'GET /{workspaceId}/topics/{name}, for an unknown topic',
    target: inWorkspace((workspaceId, { unknownId }) => getTopic(workspaceId, unknownId)),
  },
  unknownToken: {
    title: 'GET /workspaces, with an unknown token',
    target: getWorkspaces,
    token: 'unknown',
  },
  noToken: { title: 'GET /workspaces, without a token', target: getWorkspaces, token: 'none' },
  noVersion: {
    title: 'GET /workspaces, without X-Version',
    target: getWorkspaces,
    withoutVersion: true,
  },
  openApi: {
    title: 'GET /swagger/v2/swagger.json',
    target: () => ({ path: ['swagger', 'v2', 'swagger.json'] }),
    token: 'none',
  },
  secondWorkspaces: {
    title: 'GET /workspaces, with the second token',
    target: withSecondToken(getWorkspaces),
    token: 'second',
  },
  secondBrokerSettings: {
    title: 'GET /workspaces/{workspaceId}/broker/librdkafka, with the second token',
    target: withSecondToken(inWorkspace(getBrokerSettings)),
    token: 'second',
  },
} satisfies Record<string, PlannedRequest>;

export type RequestName = keyof typeof REQUESTS;

/** The requests with a common type. */
export const plannedRequests = (): [RequestName, PlannedRequest][] =>
  (Object.keys(REQUESTS) as RequestName[]).map((name) => [name, REQUESTS[name]]);
