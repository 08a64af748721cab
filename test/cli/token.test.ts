import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomSecret } from '../support/leaks.ts';
import { runCli, unwrap } from './run-cli.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();

const jwt = (claims: object): string => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.${Buffer.from(randomSecret()).toString('base64url')}`;
};

describe('quix-auth token', () => {
  it('prints kind, fingerprint, source, expiry and the places that were checked', async () => {
    const env = { Quix__Sdk__Token: randomSecret() };
    const { code, stdout } = await runCli(['token'], { env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^kind +streaming token$/m);
    expect(stdout).toMatch(/^fingerprint +[0-9a-f]{12}$/m);
    expect(stdout).toMatch(/^source +Quix__Sdk__Token$/m);
    expect(stdout).toMatch(/^expires +never$/m);
    const checked = 'Quix__Sdk__Token (used), Quix__Sdk__Token_FILE (not needed)';
    expect(unwrap(stdout)).toContain(`checked ${checked}`);
  });

  it('prints the same facts and the warnings as one JSON document', async () => {
    const env = { MY_TOKEN: '', Quix__Sdk__Token: `"${jwt({ exp: 1_000 })}"` };
    const args = ['token', '--token-env-var', 'MY_TOKEN', '--json'];
    const { code, stdout } = await runCli(args, { env });
    expect(code).toBe(0);
    const document = JSON.parse(stdout) as { warnings: { code: string }[] };
    expect(document).toMatchObject({
      ok: true,
      kind: 'jwt',
      source: 'Quix__Sdk__Token',
      expiresAt: '1970-01-01T00:16:40.000Z',
      places: [
        { name: 'MY_TOKEN', state: 'set but empty' },
        { name: 'MY_TOKEN_FILE', state: 'not set' },
        { name: 'Quix__Sdk__Token', state: 'used' },
        { name: 'Quix__Sdk__Token_FILE', state: 'not needed' },
      ],
    });
    expect(document.warnings.map(({ code: each }) => each)).toEqual([
      'TOKEN_BLANK',
      'TOKEN_CLEANED',
      'TOKEN_VARIABLE_UNSET',
      'TOKEN_EXPIRED',
    ]);
  });

  it('prefers stdin to a file, and a file to a variable', async () => {
    writeFileSync(join(folder(), 'token'), randomSecret());
    const env = { Quix__Sdk__Token: randomSecret() };
    const args = ['token', '--token-file', 'token', '--json'];
    const options = { env, cwd: folder() };
    const ofFile = JSON.parse((await runCli(args, options)).stdout) as object;
    expect(ofFile).toMatchObject({
      source: '--token-file',
      places: [
        { name: '--token-file', state: 'used' },
        { name: 'Quix__Sdk__Token', state: 'not needed' },
        { name: 'Quix__Sdk__Token_FILE', state: 'not needed' },
      ],
    });
    const stdin = `${randomSecret()}\n`;
    const ofStdin = await runCli([...args, '--token-stdin'], { ...options, stdin });
    expect(JSON.parse(ofStdin.stdout)).toMatchObject({
      source: '--token-stdin',
      kind: 'streaming',
    });
  });

  it('names options of the command line if there is no usable token', async () => {
    const none = await runCli(['token']);
    expect(none.code).toBe(1);
    for (const option of ['--token-file', '--token-env-var', '--token-stdin']) {
      expect(none.stderr).toContain(option);
    }
    expect(none.stderr).not.toMatch(/argument|tokenFile/);
    const stdin = `sdk-two words ${randomSecret()}`;
    const broken = await runCli(['token', '--token-stdin'], { stdin });
    expect(broken.code).toBe(1);
    expect(broken.stderr).toContain('QUIX_TOKEN_INVALID');
    expect(broken.stderr).toContain('--token-stdin');
    const missing = await runCli(['token', '--token-file', join(folder(), 'nowhere')]);
    expect(missing.code).toBe(1);
    expect(unwrap(missing.stderr)).toMatch(/QUIX_TOKEN_SOURCE_FAILED: .*ENOENT/);
  });

  it('warns about quotes around a token on stdin, and names the option', async () => {
    const stdin = `"${randomSecret()}"\n`;
    const { stdout } = await runCli(['token', '--token-stdin', '--json'], { stdin });
    expect(JSON.parse(stdout)).toMatchObject({
      source: '--token-stdin',
      warnings: [
        { code: 'TOKEN_CLEANED', message: expect.stringContaining('--token-stdin') as string },
      ],
    });
  });

  it('reads the file in X_FILE for each variable X, and names the variable as the source', async () => {
    const path = join(folder(), 'mounted');
    writeFileSync(path, randomSecret());
    const env = { MY_TOKEN_FILE: path };
    const args = ['token', '--token-env-var', 'MY_TOKEN'];
    const { stdout } = await runCli([...args, '--json'], { env });
    expect(JSON.parse(stdout)).toMatchObject({
      source: 'MY_TOKEN_FILE',
      places: [
        { name: 'MY_TOKEN', state: 'not set' },
        { name: 'MY_TOKEN_FILE', state: 'used' },
        { name: 'Quix__Sdk__Token' },
        { name: 'Quix__Sdk__Token_FILE' },
      ],
    });
    const both = await runCli(args, { env: { ...env, MY_TOKEN: randomSecret() } });
    expect(both.code).toBe(1);
    expect(unwrap(both.stderr)).toContain('QUIX_CONFIG: The environment variables MY_TOKEN and');
    const named = await runCli(['token', '--token-env-var', 'MY_TOKEN_FILE'], { env });
    expect(named.code).toBe(2);
    expect(unwrap(named.stderr)).toContain('Omit _FILE');
  });

  it('names --token-env-var in the warning about an unset variable', async () => {
    const env = { Quix__Sdk__Token: randomSecret() };
    const { code, stdout } = await runCli(['token', '--token-env-var', 'MY_TOKEN'], { env });
    expect(code).toBe(0);
    expect(stdout).toContain('TOKEN_VARIABLE_UNSET');
    expect(unwrap(stdout)).toMatch(/MY_TOKEN .*--token-env-var/);
    expect(stdout).not.toContain('tokenEnvVar');
  });
});
