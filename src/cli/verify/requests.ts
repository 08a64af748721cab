import type { GenericSchema } from 'valibot';
import {
  getBrokerSettings,
  getTopic,
  getTopics,
  getWorkspace,
  getWorkspaces,
  queryPermission,
  type HttpRequest,
  type PortalRequest,
} from '../../portal/index.ts';
import type { Redactor } from '../../token/index.ts';
import { ERROR_FIELDS, TOPIC_FIELDS, WORKSPACE_FIELDS, type FieldTypes } from './fields.ts';
import type { Skipped } from './finding.ts';

/** Ids in the paths of requests, from earlier responses or the settings, or generated for this run. */
export interface RequestInputs {
  readonly workspace: { readonly id: string } | Skipped;
  /** An existing topic. */
  readonly topic: { readonly id: string; readonly name: string } | Skipped;
  /** Id of a workspace and name of a topic that do not exist. */
  readonly unknownName: string;
}

type Target = Pick<PortalRequest<unknown>, 'path' | 'query'>;

type FindTarget = (inputs: RequestInputs) => Target | Skipped;

export interface PlannedRequest {
  readonly title: string;
  readonly target: FindTarget;
  /** Schema of the client, if the client sends this request. */
  readonly schema?: (redactor: Redactor) => GenericSchema;
  /** Fields of the body that public sources name and the code does not read. */
  readonly fields?: FieldTypes;
  /** Default: the token of the settings. */
  readonly token?: 'unknown' | 'second';
  readonly omittedHeader?: HttpRequest['omittedHeader'];
}

const inWorkspace =
  (target: (workspaceId: string, inputs: RequestInputs) => Target | Skipped): FindTarget =>
  (inputs) =>
    'skipped' in inputs.workspace ? inputs.workspace : target(inputs.workspace.id, inputs);

const permissionQuery = (resourceId: string) =>
  queryPermission({ resourceType: 'Workspace', resourceId, permission: 'Read' });

const SETTINGS = 'GET /workspaces/{workspaceId}/broker/librdkafka';

/** All requests, in the order in which they are sent. Each of them is a GET. */
export const REQUESTS = {
  workspaces: {
    title: 'GET /workspaces',
    target: getWorkspaces,
    schema: getWorkspaces().schema,
    fields: WORKSPACE_FIELDS,
  },
  workspace: {
    title: 'GET /workspaces/{workspaceId}',
    target: inWorkspace(getWorkspace),
    schema: getWorkspace('').schema,
    fields: WORKSPACE_FIELDS,
  },
  brokerSettings: {
    title: SETTINGS,
    target: inWorkspace(getBrokerSettings),
    schema: getBrokerSettings('').schema,
  },
  topics: {
    title: 'GET /{workspaceId}/topics',
    target: inWorkspace(getTopics),
    schema: getTopics('').schema,
    fields: TOPIC_FIELDS,
  },
  topic: {
    title: 'GET /{workspaceId}/topics/{name}',
    target: inWorkspace((id, { topic }) => ('skipped' in topic ? topic : getTopic(id, topic.name))),
    schema: getTopic('', '').schema,
    fields: TOPIC_FIELDS,
  },
  permission: {
    title: 'GET /auth/permissions/query',
    target: inWorkspace(permissionQuery),
    schema: permissionQuery('').schema,
  },
  deniedPermission: {
    title: 'GET /auth/permissions/query, for an unknown environment',
    target: ({ unknownName }) => permissionQuery(unknownName),
  },
  tokenDetails: {
    title: 'GET /auth/token/details',
    target: () => ({ path: ['auth', 'token', 'details'] }),
    fields: {}, // The body must be an object. No source names its fields.
  },
  unknownWorkspace: {
    title: `${SETTINGS}, for an unknown environment`,
    target: ({ unknownName }) => getBrokerSettings(unknownName),
  },
  topicsOfUnknown: {
    title: 'GET /{workspaceId}/topics, for an unknown environment',
    target: ({ unknownName }) => getTopics(unknownName),
  },
  unknownTopic: {
    title: 'GET /{workspaceId}/topics/{name}, for an unknown topic',
    target: inWorkspace((id, { unknownName }) => getTopic(id, unknownName)),
  },
  unknownToken: {
    title: 'GET /workspaces, with an unknown token',
    target: getWorkspaces,
    fields: ERROR_FIELDS,
    token: 'unknown',
  },
  noToken: {
    title: 'GET /workspaces, without a token',
    target: getWorkspaces,
    omittedHeader: 'authorization',
  },
  noVersion: {
    title: 'GET /workspaces, without X-Version',
    target: getWorkspaces,
    omittedHeader: 'x-version',
  },
  openApi: {
    title: 'GET /swagger/v2/swagger.json, without a token',
    target: () => ({ path: ['swagger', 'v2', 'swagger.json'] }),
    omittedHeader: 'authorization',
  },
  secondWorkspaces: {
    title: 'GET /workspaces, with the second token',
    target: getWorkspaces,
    token: 'second',
  },
  // Shows whether the settings also change between two requests with the same token.
  repeatedSettings: {
    title: `${SETTINGS}, again`,
    target: inWorkspace(getBrokerSettings),
  },
  secondSettings: {
    title: `${SETTINGS}, with the second token`,
    target: inWorkspace(getBrokerSettings),
    token: 'second',
  },
} satisfies Record<string, PlannedRequest>;

export type RequestName = keyof typeof REQUESTS;

export const REQUEST_NAMES = Object.keys(REQUESTS) as RequestName[];
