import type { FieldTypes } from './shape.ts';

/** Fields of a workspace that public sources name and the code does not read. */
export const WORKSPACE_FIELDS: FieldTypes = {
  broker: {
    address: 'text',
    securityMode: 'text',
    saslMechanism: 'text',
    username: 'text',
    password: 'text',
    sslPassword: 'text',
    hasCertificate: 'boolean',
  },
  brokerSettings: {
    brokerType: 'text',
    syncTopics: 'boolean',
    confluentCloudSettings: {
      apiKey: 'text',
      apiSecret: 'text',
      clusterID: 'text',
      bootstrapServer: 'text',
      restEndpoint: 'text',
      clientID: 'text',
    },
  },
  workspaceClassId: 'text',
  storageClassId: 'text',
  createdAt: 'text',
  repositoryId: 'text',
  branch: 'text',
  environmentName: 'text',
  branchProtected: 'boolean',
  version: 'number',
};

/** Fields of a topic that public sources name and the code does not read. */
export const TOPIC_FIELDS: FieldTypes = {
  createdAt: 'text',
  updatedAt: 'text',
  persisted: 'boolean',
  persistedStatus: 'text',
  workspaceId: 'text',
  errorStatus: 'text',
};

/** Fields of the body of an error. */
export const ERROR_FIELDS: FieldTypes = { message: 'text', correlationId: 'text' };
