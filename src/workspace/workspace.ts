import type { WorkspaceAnswer } from '../portal/index.ts';

/** A Quix environment; the API calls it a workspace. */
export interface QuixWorkspace {
  /** Such as `org-project-dev`: the prefix of its topics, groups and transactional ids. */
  readonly id: string;
  /** As people named it. */
  readonly name: string;
  /** `Ready`, or another word of the Portal's: `Creating`, `Deleting`, `Disabled`, `Error`, … */
  readonly status: string;
  /** `SharedKafka`, `ConfluentCloud`, `SelfHosted`, `AmazonMsk`, or another word of the Portal's. */
  readonly brokerType: string;
}

export function toWorkspace({
  workspaceId,
  name,
  status,
  brokerType,
}: WorkspaceAnswer): QuixWorkspace {
  return {
    id: workspaceId,
    name: name ?? workspaceId,
    status: status ?? 'Unknown',
    brokerType: brokerType ?? 'Unknown',
  };
}
