import type { Environment } from '../token/index.ts';

/** What the platform and its templates call the variable of a deployment's consumer group. */
const GROUP_VARIABLES = ['Quix__Consumer_Group', 'Quix__Consumer__Group'];
/** That of the official Python client. */
const DEFAULT_GROUP = 'quixstreams-default';

/**
 * `<workspace>-<name>`, with the prefix exactly once: the broker's ACLs admit nothing else.
 *
 * @param prefix - With its dash: a group "org-project-devices" is not of the workspace "org-project-dev".
 */
export function prefixedName(prefix: string, name: string): string {
  return name.startsWith(prefix) ? name : prefix + name;
}

/** The group to use where no name is given. */
export function defaultGroup(env: Environment): string {
  const given = GROUP_VARIABLES.map((name) => env[name]?.trim()).find((value) => value);
  return given ?? DEFAULT_GROUP;
}

/** A group that nobody shares. */
export function uniqueGroup(): string {
  return crypto.randomUUID().slice(0, 8);
}

/** A transactional id that nobody shares. */
export function uniqueTransactionalId(): string {
  return crypto.randomUUID();
}
