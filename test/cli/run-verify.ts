import type { PortalEmulator } from 'quix-streams-auth/testing';
import { onTestFinished } from 'vitest';
import type { Identity } from '../support/certificates.ts';
import {
  startDifferentPortal,
  type Change,
  type DifferentPortal,
} from '../support/different-portal.ts';
import { runCli, type CliOptions, type CliResult } from './run-cli.ts';

/** The document of `quix-auth verify --json`, as far as the tests read it. */
export interface Report {
  readonly ok: boolean;
  readonly requests: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly checks: readonly {
    readonly id: string;
    readonly outcome: string;
    readonly detail: string;
    readonly findings: readonly { readonly kind: string; readonly text: string }[];
  }[];
  readonly responses: readonly Readonly<Record<string, unknown>>[];
}

/** Runs `quix-auth verify` with both tokens of the emulator. */
export async function verify(
  portal: PortalEmulator,
  args: readonly string[] = [],
  { env, ...others }: CliOptions = {},
): Promise<CliResult> {
  const tokens = { Quix__Sdk__Token: portal.token1, TOKEN_2: portal.token2 };
  return await runCli(['verify', '--token-2-env-var', 'TOKEN_2', ...args], {
    env: { ...tokens, Quix__Portal__Api: portal.url, ...env },
    ...others,
  });
}

/** Starts a different Portal in front of the emulator. The test closes it when it finishes. */
export async function changePortal(
  portal: PortalEmulator,
  change: Change,
  identity?: Identity,
): Promise<DifferentPortal> {
  const different = await startDifferentPortal(portal, change, identity);
  onTestFinished(() => different.close());
  return different;
}

export const reportOf = ({ stdout }: CliResult): Report => JSON.parse(stdout) as Report;

/** Returns the lines of the output that are below a check. Joins wrapped lines. */
export function findingsOf({ stdout }: CliResult, check: string): string[] {
  const lines = stdout.replaceAll(/\n {6,}/g, ' ').split('\n');
  const start = lines.findIndex((line) => line.slice(3).startsWith(`${check} `));
  const others = lines.slice(start + 1);
  const end = others.findIndex((line) => !/^ {4}[✗+·] /.test(line));
  return start < 0 ? [] : others.slice(0, end).map((line) => line.trim());
}

/** Returns the reason of each check that is "not checked", by the id of the check. */
export const unchecked = (result: CliResult): Record<string, string> =>
  Object.fromEntries(
    reportOf(result)
      .checks.filter(({ outcome }) => outcome === 'not checked')
      .map(({ id, detail }) => [id, detail]),
  );
