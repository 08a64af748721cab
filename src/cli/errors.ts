import {
  QuixError,
  type QuixErrorCode,
  type QuixWarning,
  type QuixWarningCode,
} from 'quix-streams-auth';
import { sanitizeError } from '../sanitize-error.ts';

export const EXIT = {
  ok: 0,
  failed: 1,
  /** The command line is wrong, or a file or port that it names cannot be used. */
  usage: 2,
} as const;

/** An error with exit code 2. The message never contains a value that may be a secret. */
export class UsageError extends Error {}

/** An error as the command prints it. */
export interface Explanation {
  readonly code: string;
  readonly message: string;
  /** The next step for the user, in terms of the command line. */
  readonly hint?: string;
}

export const PRIVATE_CA_HINT =
  'If the Portal or a proxy uses a private certificate authority, pass it with --ca or in NODE_EXTRA_CA_CERTS.';

type Hint = (error: QuixError) => string | undefined;

/** Hints that replace those of the library, which name options of the library. */
const HINTS: Partial<Record<QuixErrorCode, string | Hint>> = {
  QUIX_TOKEN_MISSING:
    'Set Quix__Sdk__Token to the streaming token of your Quix environment, or use --token-file, --token-env-var or --token-stdin.',
  QUIX_TOKEN_REJECTED:
    "Copy the current token from the environment's settings in Quix to the place that holds the rejected one.",
  QUIX_WORKSPACE_AMBIGUOUS:
    'Choose one with --workspace or Quix__Workspace__Id, or use the streaming token of one environment.',
  QUIX_PORTAL_TLS: PRIVATE_CA_HINT,
  // Neither a status nor a cause means that the deadline has passed.
  QUIX_PORTAL_UNAVAILABLE: ({ status, cause }) =>
    status === undefined && cause === undefined
      ? 'Check the network between this machine and the Portal, or use a longer --timeout.'
      : undefined,
  // No status means that the topic has the prefix of another environment.
  QUIX_TOPIC_NOT_FOUND: ({ status }) =>
    status === undefined ? 'Choose the other environment with --workspace.' : undefined,
};

const WARNINGS: Partial<Record<QuixWarningCode, (about: string) => string>> = {
  TOKEN_VARIABLE_UNSET: (about) =>
    `The variable ${about} holds no token, so Quix__Sdk__Token is used. Set ${about}, or omit --token-env-var.`,
  WORKSPACE_VARIABLE_IGNORED: (about) =>
    `The token cannot reach the environment in ${about}, so its only environment is used. Correct the variable, or use --workspace.`,
};

function hintFor(error: QuixError): string | undefined {
  const entry = HINTS[error.code];
  const hint = typeof entry === 'function' ? entry(error) : entry;
  if (hint === undefined) return error.hint;
  const { correlationId: id } = error;
  return id === undefined ? hint : `${hint} Quote the correlation id ${id} to Quix support.`;
}

/** Returns code, message and hint of an error, in terms of the command line. */
export function explain(error: unknown): Explanation {
  if (error instanceof UsageError) return { code: 'USAGE', message: error.message };
  if (!(error instanceof QuixError)) {
    return { code: 'UNEXPECTED', message: `Unexpected error: ${String(sanitizeError(error))}.` };
  }
  const { code, summary: message } = error;
  const hint = hintFor(error);
  return { code, message, ...(hint !== undefined && { hint }) };
}

/** Returns code and message of a warning, in terms of the command line. */
export function explainWarning({ code, about, message }: QuixWarning): Explanation {
  return { code, message: WARNINGS[code]?.(about) ?? message };
}
