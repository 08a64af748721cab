import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { QuixStreamingClient } from 'quix-streams-auth';
import { describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { randomSecret } from '../support/leaks.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { runCli, type CliOptions } from './run-cli.ts';
import { temporaryFolder } from './temporary-folder.ts';

closeAfterEach();
const folder = temporaryFolder();

/** Runs the emulator while `use` runs. Passes it a function that returns the output so far. */
async function withEmulator(
  args: readonly string[],
  use: (text: () => string) => Promise<void>,
  options: CliOptions = {},
): Promise<{ code: number; stdout: string }> {
  let printed = '';
  let end = (): void => undefined;
  const stopped = new Promise<void>((resolve) => {
    end = resolve;
  });
  const running = runCli(['emulate', ...args], {
    ...options,
    stopped,
    showsSecrets: true, // the emulator prints its tokens, which nothing else accepts
    onStdout: (text) => {
      printed += text;
    },
  });
  try {
    await expect.poll(() => printed, { timeout: 5_000 }).toMatch(/"env":|# Token 2:/);
    await use(() => printed);
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
  it('prints the variables that a client needs, and logs each request without its token', async () => {
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
    expect(stdout).toMatch(/ \d+ requests\.\n$/);
    const [, log = ''] = stdout.split('# Token 2');
    expect(log.includes(envOf(stdout)['Quix__Sdk__Token'] ?? 'none')).toBe(false);
  });

  it('reads the password from a variable, and prints one line of JSON for each event', async () => {
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
        expect(sasl?.password === 'a long password with spaces').toBe(true);
      },
      { env: { PW: 'a long password with spaces' } },
    );
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(events[0]).toMatchObject({ ok: true, event: 'started', workspaceId: 'acme-live' });
    expect(events[1]).toMatchObject({
      event: 'request',
      request: { method: 'GET', status: 200, token: 'token1' },
    });
    expect(events.at(-1)).toEqual({ ok: true, event: 'stopped', requests: events.length - 2 });
  });

  it('sends the unchanged content of the CA file, with the line break at its end', async () => {
    const { certificate } = await createCertificateAuthority('A private CA');
    const file = `${certificate.trim()}\n`;
    writeFileSync(join(folder(), 'ca.pem'), file);
    await withEmulator(['--broker-ca', join(folder(), 'ca.pem')], async (text) => {
      const { Quix__Portal__Api: url = '', Quix__Sdk__Token: token = '' } = envOf(text());
      const path = `${url}/workspaces/org-project-dev/broker/librdkafka`;
      const response = await fetch(path, { headers: { authorization: `Bearer ${token}` } });
      const settings = (await response.json()) as Record<string, string>;
      expect(Buffer.from(settings['ssl.ca.cert'] ?? '', 'base64').toString()).toBe(file);
    });
  });

  it('accepts the tokens in the given variables, also after a restart', async () => {
    const env = { FIRST: randomSecret(), SECOND: randomSecret() };
    const args = ['--json', '--token-1-env-var', 'FIRST', '--token-2-env-var', 'SECOND'];
    for (let run = 0; run < 2; run++) {
      const { code } = await withEmulator(
        args,
        async (text) => {
          const { url } = JSON.parse(text()) as { url: string };
          for (const token of [env.FIRST, env.SECOND]) {
            const headers = { authorization: `Bearer ${token}` };
            expect((await fetch(`${url}/workspaces`, { headers })).status).toBe(200);
          }
        },
        { env },
      );
      expect(code).toBe(0);
    }
  });

  it('refuses a token that would change the printed shell commands', async () => {
    const env = { FIRST: 'x;touch y', SECOND: 'x\u001B[31m' };
    for (const [option, name] of [
      ['--token-1-env-var', 'FIRST'],
      ['--token-2-env-var', 'SECOND'],
    ] as const) {
      const { code, stdout } = await runCli(['emulate', option, name], { env });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    }
  });

  it('exits with 2 and names the port if the port is in use', async () => {
    const { url } = await startPortal();
    const { port } = new URL(url);
    const { code, stderr } = await runCli(['emulate', '--port', port]);
    expect(code).toBe(2);
    expect(stderr).toContain(port);
    expect(stderr).toContain('--port');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('stops with exit code 0 on %s', async (signal) => {
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
