import { QuixError } from '../errors.ts';

/**
 * A permission to check with `checkPermission()`. The Portal defines the values. Resource types
 * include `Workspace`, `Topic` and `Deployment`. Permissions are `Create`, `Read`, `Update`,
 * `Delete`, `Write` and `All`.
 */
export interface QuixPermissionQuery {
  /** Type of the resource, such as `Workspace`. */
  readonly resourceType: string;
  /** Id of the resource, such as a workspace id. */
  readonly resourceId: string;
  /** The permission, such as `Read`. */
  readonly permission: string;
}

const WORD = /^[A-Za-z]{1,40}$/;
const ID = /^[\w.:-]{1,249}$/;

/**
 * Checks the properties of a query.
 *
 * @throws QuixError `QUIX_CONFIG`. Its message names the wrong property, but not the value.
 */
export function assertPermissionQuery(query: QuixPermissionQuery): void {
  const { resourceType, resourceId, permission }: Record<keyof QuixPermissionQuery, unknown> =
    query as never;
  const checks = {
    resourceType: [WORD, resourceType],
    permission: [WORD, permission],
    resourceId: [ID, resourceId],
  } as const;
  for (const [name, [pattern, value]] of Object.entries(checks)) {
    if (typeof value === 'string' && pattern.test(value)) continue;
    throw new QuixError('QUIX_CONFIG', `The ${name} passed to checkPermission() is not valid.`, {
      hint: "Use an object like { resourceType: 'Workspace', resourceId: workspaceId, permission: 'Read' }.",
    });
  }
}
