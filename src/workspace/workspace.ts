import type { WorkspaceResponse } from '../portal/index.ts';

/** A Quix environment. The Portal API calls it a workspace. */
export interface QuixWorkspace {
  /**
   * Id, such as `org-project-dev`. The prefix of the workspace's topics, consumer groups and
   * transactional ids in Kafka.
   */
  readonly id: string;
  /** Display name. */
  readonly name: string;
  /**
   * `Ready`, `Creating`, `Deleting`, `Disabled`, `Error`, or another value of the Portal. `Unknown`
   * if the Portal does not report a status.
   */
  readonly status: string;
  /**
   * `SharedKafka`, `ConfluentCloud`, `SelfHosted`, `AmazonMsk`, or another value of the Portal.
   * `Unknown` if the Portal does not report a type.
   */
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
