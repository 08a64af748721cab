import type { PortalEmulatorOptions } from 'quix-streams-auth/testing';
import type { TableCase } from './table-case.ts';

const twoEnvironments: PortalEmulatorOptions = {
  workspaces: [
    { workspaceId: 'org-project-dev', name: 'Development', topics: ['f1-data'] },
    { workspaceId: 'org-project-prod', name: 'Production', topics: ['orders'] },
  ],
};
const beingDeleted: PortalEmulatorOptions = {
  workspaces: [{ workspaceId: 'org-project-dev', status: 'Deleting' }],
};

/** Cases of `QuixKafkaConfigsBuilder` about the environment. */
export const environments: readonly TableCase[] = [
  {
    title: 'configured id',
    upstreamTests: ['test_search_for_workspace_id', 'test_get_workspace_info_has_wid'],
    call: 'environment',
    input: { workspaceId: 'org-project-dev' },
  },
  {
    title: 'configured name',
    upstreamTests: ['test_search_for_workspace_non_id'],
    call: 'environment',
    portal: twoEnvironments,
    input: { workspaceId: 'Development' },
  },
  {
    title: 'configured name, broker settings',
    call: 'settings',
    portal: twoEnvironments,
    input: { workspaceId: 'Development' },
    properties: ['sasl.username'],
    better: 'The official client accepts a name only when it looks up the environment.',
  },
  {
    title: 'configured name, consumer group',
    call: 'group',
    portal: twoEnvironments,
    input: { workspaceId: 'Development', group: 'my-service' },
    better: 'The access rules of the broker require the id as the prefix.',
  },
  {
    title: 'configured id of an environment that does not exist',
    call: 'environment',
    input: { workspaceId: 'org-project-dve' },
    errorText: 'org-project-dev',
    better: 'The message names the environments that the token has access to.',
  },
  {
    title: 'configured id of an environment that the token cannot access',
    call: 'settings',
    portal: twoEnvironments,
    input: { workspaceId: 'org-project-prod' },
  },
  {
    title: 'configured id of an environment that is being deleted',
    call: 'settings',
    portal: beingDeleted,
    input: { workspaceId: 'org-project-dev' },
    properties: ['sasl.username'],
  },
  {
    title: 'no configured id, one environment',
    upstreamTests: ['test_get_workspace_info_no_wid_one_ws'],
    call: 'environment',
  },
  {
    title: 'no configured id, one environment that is being deleted',
    call: 'environment',
    portal: beingDeleted,
    different:
      'A service should not start in such an environment. The former C# client failed, too.',
  },
  {
    title: 'no configured id, broker type of an environment of platform version 1',
    upstreamTests: ['test_get_workspace_info_no_wid_one_ws_v1'],
    call: 'brokerType',
    portal: { workspaces: [{ workspaceId: 'org-project-dev', version: 1 }] },
  },
  {
    title: 'no configured id, the token does not have access to any environment',
    call: 'environment',
    portal: twoEnvironments,
    token: 'no-access',
    errorText: 'More than 1 workspace',
    better: 'The official client reports that there are several environments.',
  },
  {
    title: 'no configured id, several environments and no topic',
    upstreamTests: ['test_search_for_topic_workspace_no_topic'],
    call: 'environment',
    portal: twoEnvironments,
    token: 'personal',
  },
  {
    title: 'no configured id, several environments and the id of a topic',
    upstreamTests: ['test_search_workspace_for_topic_match_id'],
    call: 'environment',
    portal: twoEnvironments,
    token: 'personal',
    input: { topic: 'org-project-prod-orders' },
  },
  {
    title: 'no configured id, several environments and the name of a topic',
    upstreamTests: [
      'test_search_for_topic_workspace_match',
      'test_search_workspace_for_topic_match_name',
    ],
    call: 'environment',
    portal: twoEnvironments,
    token: 'personal',
    input: { topic: 'orders' },
    different:
      'Several environments can have a topic with this name. The official client uses the first one in the list.',
  },
  {
    title: 'no configured id, several environments and the name of an unknown topic',
    upstreamTests: [
      'test_search_for_topic_workspace_no_match',
      'test_search_workspace_for_topic_no_match',
    ],
    call: 'environment',
    portal: twoEnvironments,
    token: 'personal',
    input: { topic: 'unknown' },
    different: 'This package does not search the environments for a topic.',
  },
];
