import type { JsonType } from './shape.ts';

/** Types of fields by name. All fields are optional. */
export interface FieldTypes {
  readonly [name: string]: JsonType | FieldTypes;
}

/** Fields of a workspace that public sources name and the code does not read. */
export const WORKSPACE_FIELDS: FieldTypes = {
  broker: {
    address: 'string',
    securityMode: 'string',
    saslMechanism: 'string',
    username: 'string',
    password: 'string',
    sslPassword: 'string',
    hasCertificate: 'boolean',
  },
  brokerSettings: {
    brokerType: 'string',
    syncTopics: 'boolean',
    confluentCloudSettings: {
      apiKey: 'string',
      apiSecret: 'string',
      clusterID: 'string',
      bootstrapServer: 'string',
      restEndpoint: 'string',
      clientID: 'string',
    },
  },
  workspaceClassId: 'string',
  storageClassId: 'string',
  createdAt: 'string',
  repositoryId: 'string',
  branch: 'string',
  environmentName: 'string',
  branchProtected: 'boolean',
  version: 'number',
};

/** Values of workspaces that public sources name. */
export const WORKSPACE_VALUES = {
  status: ['Creating', 'Ready', 'Deleting', 'Error', 'Enabling', 'Disabling', 'Disabled'],
  brokerType: ['SharedKafka', 'ConfluentCloud', 'SelfHosted', 'AmazonMsk', 'Unknown'],
};

/** Fields of a topic that public sources name and the code does not read. */
export const TOPIC_FIELDS: FieldTypes = {
  createdAt: 'string',
  updatedAt: 'string',
  persisted: 'boolean',
  persistedStatus: 'string',
  workspaceId: 'string',
  errorStatus: 'string',
};

/** Values of topics that public sources name. */
export const TOPIC_VALUES = {
  status: ['Creating', 'Ready', 'Updating', 'Deleting', 'Error'],
  'configuration.cleanupPolicy': ['Delete', 'Compact', 'DeleteAndCompact'],
};

/** Fields of the body of an error. */
export const ERROR_FIELDS: FieldTypes = { message: 'string', correlationId: 'string' };
