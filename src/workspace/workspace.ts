import type { WorkspaceResponse } from '../portal/index.ts';

/** A Quix environment. The Portal API calls it a workspace. */
export interface QuixWorkspace {
  /** Id such as `org-project-dev`: the prefix of its topics, groups and transactional ids. */
  readonly id: string;
  /** Name for people. */
  readonly name: string;
  /** `Ready`, or another word of the Portal: `Creating`, `Deleting`, `Disabled`, `Error`, … */
  readonly status: string;
  /** `SharedKafka`, `ConfluentCloud`, `SelfHosted`, `AmazonMsk`, or another word of the Portal. */
  readonly brokerType: string;
}

export function toWorkspace({
  workspaceId,
  name,
  status,
  brokerType,
}: WorkspaceResponse): QuixWorkspace {
  return {
    id: workspaceId,
    name: name ?? workspaceId,
    status: status ?? 'Unknown',
    brokerType: brokerType ?? 'Unknown',
  };
}
