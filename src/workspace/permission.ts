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

const PATTERNS = {
  resourceType: /^[A-Za-z]{1,40}$/,
  permission: /^[A-Za-z]{1,40}$/,
  resourceId: /^[\w.:-]{1,249}$/,
};

/** Throws `QUIX_CONFIG` for a wrong property. The message does not contain its value. */
export function assertPermissionQuery(query: QuixPermissionQuery): void {
  for (const [name, pattern] of Object.entries(PATTERNS)) {
    const value: unknown = query[name as keyof QuixPermissionQuery];
    if (typeof value === 'string' && pattern.test(value)) continue;
    throw new QuixError('QUIX_CONFIG', `The ${name} passed to checkPermission() is not valid.`, {
      hint: "Use an object like { resourceType: 'Workspace', resourceId: workspaceId, permission: 'Read' }.",
    });
  }
}
