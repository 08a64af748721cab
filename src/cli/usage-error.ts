/** The command was called in a wrong way: one line says how, and the exit code is 2. */
export class UsageError extends Error {}

/** What the command ends with. */
export const EXIT = {
  ok: 0,
  /** Something that was asked for failed. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
} as const;
