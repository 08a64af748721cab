import type { WorkspaceResponse } from '../portal/index.ts';

/** A Quix environment. The Portal API calls it a workspace. */
export interface QuixWorkspace {
  /** Id, such as `org-project-dev`. Ids of its consumer groups and most topics start with it. */
  readonly id: string;
  /** Display name. */
  readonly name: string;
  /** Portal status: `Ready`, `Creating`, `Deleting`, `Disabled`, `Error`, … `Unknown` if absent. */
  readonly status: string;
  /** `SharedKafka`, `ConfluentCloud`, `SelfHosted`, `AmazonMsk`, … `Unknown` if absent. */
  readonly brokerType: string;
}

/** Converts a workspace of the Portal API. */
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
