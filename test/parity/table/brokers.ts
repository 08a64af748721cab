import { createCertificateAuthority } from '../../support/certificates.ts';
import type { TableCase } from './table-case.ts';

const { certificate: ca } = await createCertificateAuthority('A private CA');

/** Cases of `QuixKafkaConfigsBuilder` about broker settings and names. */
export const brokers: readonly TableCase[] = [
  {
    title: 'all properties, with a private CA',
    upstreamTests: ['test_librdkafka_connection_config', 'test_get_application_config'],
    call: 'settings',
  },
  {
    title: 'private CA, and the path of the request for it',
    upstreamTests: ['test_get_workspace_certificate'],
    call: 'certificate',
    portal: { broker: { ca } },
    input: { workspaceId: 'org-project-dev' },
    observe: ({ requests }, certificate) => ({ certificate, path: requests.at(-1)?.path }),
    different: 'The broker settings contain the same certificate as the zip file.',
  },
  {
    title: 'no CA',
    call: 'settings',
    portal: { broker: { securityProtocol: 'SASL_SSL' } },
    properties: ['security.protocol', 'ssl.ca.pem'],
  },
  {
    title: 'empty CA',
    call: 'settings',
    portal: { broker: { ca: '' } },
    properties: ['ssl.ca.pem'],
    different:
      'An empty text is not a certificate. Telegraf could not connect with it (issue 16856).',
  },
  {
    title: 'Confluent Cloud, with a client id and SASL PLAIN',
    call: 'settings',
    portal: {
      workspaces: [{ workspaceId: 'org-project-dev', brokerType: 'ConfluentCloud' }],
      broker: { sasl: { mechanism: 'PLAIN' }, clientId: 'cloud-client' },
    },
    properties: ['sasl.mechanism', 'client.id'],
  },
  {
    title: 'broker with neither TLS nor login',
    call: 'settings',
    portal: { broker: { securityProtocol: 'PLAINTEXT' } },
    properties: ['security.protocol', 'sasl.username'],
  },
  {
    title: 'property that the official client does not know',
    call: 'settings',
    portal: { broker: { raw: { 'socket.timeout.ms': '45000' } } },
    properties: ['socket.timeout.ms'],
    better: 'The Portal may send more properties in the future.',
  },
  {
    title: '`sasl.oauthbearer.scope`, in the properties of `Application`',
    call: 'applicationSettings',
    portal: { broker: { raw: { 'sasl.oauthbearer.scope': 'kafka' } } },
    properties: ['sasl.oauthbearer.scope'],
    different: 'librdkafka rejects the property if it was built without libcurl.',
  },
  {
    title: 'consumer group without the prefix',
    upstreamTests: ['test_prepend_workspace_id'],
    call: 'group',
    input: { group: 'my-service' },
  },
  {
    title: 'consumer group with the prefix',
    upstreamTests: ['test_prepend_workspace_id'],
    call: 'group',
    input: { group: 'org-project-dev-my-service' },
  },
  {
    title: 'consumer group that begins with the id, without a dash',
    call: 'group',
    input: { group: 'org-project-devices' },
    better: 'The access rules of the broker require the prefix with the dash.',
  },
  {
    title: 'consumer group, and an unknown configured id of an environment',
    call: 'group',
    input: { group: 'my-service', workspaceId: 'org-project-dve' },
    better:
      'The builder does not check the id. Kafka later refuses the group with `GROUP_AUTHORIZATION_FAILED`, which does not name the cause.',
  },
];
