import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { QuixStreamingClient } from 'quix-streams-auth';
import { describe, expect, it } from 'vitest';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { runCli, type CliOptions } from './run-cli.ts';

closeAfterEach();

/** Runs the emulator while a test talks to it; `lines` is what it has printed until then. */
async function withEmulator(
  args: readonly string[],
  use: (text: () => string) => Promise<void>,
  options: CliOptions = {},
): Promise<{ code: number; stdout: string }> {
  let said = '';
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const running = runCli(['emulate', ...args], {
    ...options,
    ended,
    showsSecrets: true, // its made-up tokens are printed to be used
    onStdout: (text) => {
      said += text;
    },
  });
  try {
    await expect.poll(() => said, { timeout: 5_000 }).toMatch(/"env":|# Token 2:/);
    await use(() => said);
  } finally {
    end();
  }
  return await running;
}

const envOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/^export (\w+)=(\S+)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );

describe('quix-auth emulate', () => {
  it('prints what a client needs, and logs what it asked', async () => {
    const args = ['--brokers', 'kafka.example:9093', '--username', 'me', '--topic', 'f1-data'];
    const { code, stdout } = await withEmulator(args, async (text) => {
      await using quix = new QuixStreamingClient({ env: envOf(text()) });
      const { brokers, sasl } = await quix.getBrokerCredentials();
      expect(brokers).toEqual(['kafka.example:9093']);
      expect(sasl?.username).toBe('me');
      expect((await quix.getTopic('f1-data', { create: false })).id).toBe(
        'org-project-dev-f1-data',
      );
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^[\d:.]{12} GET {2}200 \/workspaces\/org-project-dev\/broker\/librdkafka \d+ ms, token1, quix-streams-auth/m,
    );
    expect(stdout).toMatch(/Ended after \d+ requests\.\n$/);
    const [, log = ''] = stdout.split('# Token 2');
    expect(log.includes(envOf(stdout)['Quix__Sdk__Token'] ?? 'none')).toBe(false);
  });

  it('takes the password from a variable, and tells all of it as JSON lines', async () => {
    const args = [
      '--json',
      '--workspace',
      'acme-live',
      '--mechanism',
      'plain',
      '--password-env-var',
      'PW',
    ];
    const { stdout } = await withEmulator(
      args,
      async (text) => {
        const { env } = JSON.parse(text()) as { env: Record<string, string> };
        await using quix = new QuixStreamingClient({ env });
        const { sasl, workspaceId } = await quix.getBrokerCredentials();
        expect(workspaceId).toBe('acme-live');
        expect(sasl?.mechanism).toBe('PLAIN');
        expect(sasl?.password === 'a long one, is it not').toBe(true);
      },
      { env: { PW: 'a long one, is it not' } },
    );
    const [, ...lines] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines[0]).toMatchObject({ request: { method: 'GET', status: 200, token: 'token1' } });
  });

  it('says when the port is taken', async () => {
    const { url } = await startPortal();
    const { code, stderr } = await runCli(['emulate', '--port', new URL(url).port]);
    expect(code).toBe(2);
    expect(stderr).toContain('is taken: choose another one with --port.');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends cleanly with exit code 0 by %s', async (signal) => {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', 'src/cli/main.ts', 'emulate', '--json'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [first] = (await once(child.stdout, 'data')) as [Buffer];
    const { url } = JSON.parse(first.toString()) as { url: string };
    expect((await fetch(`${url}/workspaces`)).status).toBe(401);
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
    await expect(fetch(`${url}/workspaces`)).rejects.toThrow('fetch failed');
  });
});
