import { QuixError } from '../errors.ts';

/**
 * A question of `checkPermission()`. The words are the Portal's: resource types such as `Workspace`,
 * `Topic`, `Deployment`; permissions `Create`, `Read`, `Update`, `Delete`, `Write`, `All`.
 */
export interface QuixPermissionQuery {
  /** What kind of thing it is about, such as `Workspace`. */
  readonly resourceType: string;
  /** Its id, such as that of the workspace. */
  readonly resourceId: string;
  /** What one wants to do with it, such as `Read`. */
  readonly permission: string;
}

const WORD = /^[A-Za-z]{1,40}$/;
const ID = /^[\w.:-]{1,249}$/;

/** @throws QuixError `QUIX_CONFIG` naming the property that is wrong, without its text */
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
    throw new QuixError('QUIX_CONFIG', `checkPermission() was given a wrong ${name}.`, {
      hint: "Ask for example for { resourceType: 'Workspace', resourceId: workspaceId, permission: 'Read' }.",
    });
  }
}
