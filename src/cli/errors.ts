import { QuixError } from 'quix-streams-auth';
import type { QuixErrorCode, QuixWarning, QuixWarningCode } from 'quix-streams-auth';
import { errorCode, sanitizeError } from '../sanitize-error.ts';
import { sourceInWords } from '../token/index.ts';
import { printable } from './output.ts';
import { tlsRemedy, untrustedPortalRemedy } from './tls-remedy.ts';

export const EXIT = {
  ok: 0,
  failed: 1,
  /** The command line is wrong, or a file or port that it names cannot be used. */
  usage: 2,
} as const;

/** An error with exit code 2. The message never contains a value that may be a secret. */
export class UsageError extends Error {}

/** An error or a warning as the command prints it. Its texts are {@link printable}. */
export interface Explanation {
  readonly code: string;
  readonly message: string;
  /** The next step for the user, in terms of the command line. */
  readonly hint?: string;
}

const TIMEOUT_HINT = 'Check the network to the Portal, or use a longer --timeout.';

/** Hints in place of the library's own hints, which name options of the library. */
const HINTS: Partial<Record<QuixErrorCode, string>> = {
  QUIX_TOKEN_MISSING:
    'Set Quix__Sdk__Token to the streaming token of your Quix environment, or use --token-file, --token-env-var or --token-stdin.',
  QUIX_TOKEN_REJECTED:
    "Replace the rejected token with the current one from the environment's settings in Quix.",
  QUIX_WORKSPACE_AMBIGUOUS:
    'Choose one with --workspace or Quix__Workspace__Id, or use the streaming token of one environment.',
  QUIX_TOPIC_NOT_FOUND: 'Check the name and --workspace, or create the topic in Quix.',
  QUIX_TOPIC_TIMEOUT: 'Run the command again, or look at the topic in Quix.',
};

const WARNINGS: Partial<Record<QuixWarningCode, (about: string) => string>> = {
  BROKER_VARIABLE_IGNORED: (about) =>
    `A token was passed, so the variable ${about} is ignored. To use the broker in the variable, do not pass --token-file or --token-stdin. Otherwise, remove the variable.`,
};

const tlsHint = ({ code, cause }: QuixError): string | undefined =>
  code === 'QUIX_PORTAL_TLS'
    ? tlsRemedy(errorCode(cause) ?? '', untrustedPortalRemedy(undefined))
    : undefined;

function hintFor(error: QuixError): string | undefined {
  const { code, hint, status, cause, correlationId: id } = error;
  // Only a timeout has neither a status nor a cause.
  const isTimeout = code === 'QUIX_PORTAL_UNAVAILABLE' && (status ?? cause) === undefined;
  const ownHint = isTimeout ? TIMEOUT_HINT : (tlsHint(error) ?? HINTS[code]);
  if (ownHint === undefined || id === undefined) return ownHint ?? hint;
  return `${ownHint} Quote the correlation id ${id} to Quix support.`;
}

/** Replaces the library's names of token sources by options of the command line. */
const withOptionNames = (message: string): string =>
  message
    .replaceAll(sourceInWords('argument'), '--token-stdin')
    .replaceAll('the option workspaceId', '--workspace')
    .replaceAll('remove tokenEnvVar', 'omit --token-env-var')
    .replaceAll('the option brokerAddress', '--broker-address')
    .replaceAll(' in brokerAddress', ' in the options --broker-…')
    .replaceAll('tokenFile (', '--token-file (');

/** Returns code, message and hint of an error, in terms of the command line. */
export function explain(error: unknown): Explanation {
  const { code, message, hint } = explanationOf(error);
  return {
    code,
    message: printable(message),
    ...(hint !== undefined && { hint: printable(hint) }),
  };
}

function explanationOf(
  error: unknown,
): Pick<Explanation, 'code' | 'message'> & { hint?: string | undefined } {
  if (error instanceof UsageError) return { code: 'USAGE', message: error.message };
  if (!(error instanceof QuixError)) {
    return { code: 'UNEXPECTED', message: `Unexpected error: ${String(sanitizeError(error))}.` };
  }
  const hint = hintFor(error);
  return {
    code: error.code,
    message: withOptionNames(error.summary),
    hint: hint && withOptionNames(hint),
  };
}

/** Returns code and message of a warning, in terms of the command line. */
export function explainWarning({ code, about, message }: QuixWarning): Explanation {
  return { code, message: printable(WARNINGS[code]?.(about) ?? withOptionNames(message)) };
}
