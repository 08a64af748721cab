import type { PortalEmulator } from 'quix-streams-auth/testing';
import { runCli, unwrap, type CliOptions, type CliResult } from './run-cli.ts';

/** Runs the command with the current tokens of the Portal, or with `env`. */
export async function rotation(
  portal: PortalEmulator,
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliResult & { readonly lines: string[]; readonly text: string }> {
  const { url, token1, token2 } = portal;
  const env = { TOKEN_1: token1, TOKEN_2: token2, Quix__Portal__Api: url, ...options.env };
  const names = ['--token-1-env-var', 'TOKEN_1', '--token-2-env-var', 'TOKEN_2'];
  const result = await runCli(['rotation', ...names, ...args], { ...options, env });
  return { ...result, lines: result.stdout.trim().split('\n'), text: unwrap(result.stdout) };
}
