import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { randomSecret } from '../support/leaks.ts';
import { runCli } from './run-cli.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quix-cli-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const jwt = (claims: object): string => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.${Buffer.from(randomSecret()).toString('base64url')}`;
};

describe('quix-auth token', () => {
  it('says kind, fingerprint, source and where it looked', async () => {
    const env = { Quix__Sdk__Token: randomSecret() };
    const { code, stdout } = await runCli(['token'], { env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^kind +streaming token$/m);
    expect(stdout).toMatch(/^fingerprint +[0-9a-f]{12}$/m);
    expect(stdout).toMatch(/^source +Quix__Sdk__Token$/m);
    expect(stdout).toMatch(/^expires +never$/m);
    expect(stdout).toMatch(/^looked at +Quix__Sdk__Token \(used\)$/m);
  });

  it('says the same as JSON, with expiry and warnings', async () => {
    const env = { MY_TOKEN: '', Quix__Sdk__Token: `"${jwt({ exp: 1_000 })}"` };
    const args = ['token', '--token-env-var', 'MY_TOKEN', '--json'];
    const { code, stdout } = await runCli(args, { env });
    expect(code).toBe(0);
    const told = JSON.parse(stdout) as { warnings: { code: string }[] };
    expect(told).toMatchObject({
      ok: true,
      kind: 'jwt',
      source: 'Quix__Sdk__Token',
      expiresAt: '1970-01-01T00:16:40.000Z',
      places: [
        { name: 'MY_TOKEN', state: 'set but empty' },
        { name: 'Quix__Sdk__Token', state: 'used' },
      ],
    });
    expect(told.warnings.map(({ code: each }) => each)).toEqual([
      'TOKEN_BLANK',
      'TOKEN_CLEANED',
      'TOKEN_VARIABLE_UNSET',
      'TOKEN_EXPIRED',
    ]);
  });

  it('reads it from stdin before a file, and from a file before a variable', async () => {
    writeFileSync(join(folder, 'token'), randomSecret());
    const env = { Quix__Sdk__Token: randomSecret() };
    const args = ['token', '--token-file', 'token', '--json'];
    const options = { env, cwd: folder };
    const ofFile = JSON.parse((await runCli(args, options)).stdout) as object;
    expect(ofFile).toMatchObject({
      source: '--token-file',
      places: [
        { name: '--token-file', state: 'used' },
        { name: 'Quix__Sdk__Token', state: 'not needed' },
      ],
    });
    const stdin = `${randomSecret()}\n`;
    const ofStdin = await runCli([...args, '--token-stdin'], { ...options, stdin });
    expect(JSON.parse(ofStdin.stdout)).toMatchObject({
      source: '--token-stdin',
      kind: 'streaming',
    });
  });

  it('fails in the words of the command line where there is none, or one that cannot be sent', async () => {
    const none = await runCli(['token'], { env: { QUIX__SDK__TOKEN: randomSecret() } });
    expect(none.code).toBe(1);
    expect(none.stderr).toContain('rename it to Quix__Sdk__Token');
    expect(none.stderr).toContain('use --token-file, --token-env-var or --token-stdin');
    expect(none.stderr).not.toContain('argument');
    const broken = await runCli(['token', '--token-stdin'], {
      stdin: `sdk-two words ${randomSecret()}`,
    });
    expect(broken.code).toBe(1);
    expect(broken.stderr).toContain(
      'QUIX_TOKEN_INVALID: The token from --token-stdin has the character',
    );
    const missing = await runCli(['token', '--token-file', join(folder, 'nowhere')]);
    expect(missing.stderr).toMatch(/QUIX_TOKEN_SOURCE_FAILED: .*ENOENT/);
  });
});
