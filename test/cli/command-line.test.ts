import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../../src/version.ts';
import { jwt } from '../support/jwt.ts';
import { randomSecret } from '../support/leaks.ts';
import { runCli, unwrap } from './run-cli.ts';
import { temporaryFolder } from './temporary-folder.ts';

const COMMANDS = ['doctor', 'config', 'token', 'rotation', 'verify', 'emulate'];

const folder = temporaryFolder();

interface ErrorDocument {
  readonly ok: boolean;
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
}

describe('quix-auth', () => {
  it('prints help with all commands and exits with 0', async () => {
    const { code, stdout } = await runCli(['--help']);
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(stdout).toContain(`  ${command} `);
    expect(await runCli(['-h'])).toEqual({ code: 0, stdout, stderr: '' });
  });

  it('names the commands and exits with 2 if no command is given', async () => {
    const { code, stdout, stderr } = await runCli([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    for (const command of COMMANDS) expect(stderr).toContain(command);
  });

  it('prints the version', async () => {
    expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
  });

  it.each(COMMANDS)('prints help for %s with options and examples', async (command) => {
    const { code, stdout } = await runCli([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`quix-auth ${command}`);
    expect(stdout).toMatch(/Examples:\n {2}# .+\n {2}.*quix-auth /);
    expect(stdout).toContain('--json');
    expect((await runCli(['help', command])).stdout).toBe(stdout);
  });

  it.each([
    [['doktor'], 'doctor'],
    [['doctor', '--topc', 'x'], '--topic'],
    [['--hlp'], '--help'],
    [['doctor', '--topic'], '--topic'],
    [['doctor', '--topic', '--group', 'x'], '--topic'],
    [['doctor', '--topic', '--json=1'], '--topic'],
    [['config', '--workspace', ' '], '--workspace'],
    [['doctor', '--json=yes'], '--json'],
    [['doctor', 'now'], 'doctor'],
    [['config', '--format', 'xml'], 'librdkafka'],
    [['config', '--timeout', 'soon'], '0.1 to 86400'],
    [['config', '--broker-address', 'a b'], '--broker-address'],
    [['config', '--broker-username', 'me'], '--broker-address'],
    [['config', '--broker-address', 'a:1', '--broker-username', 'me'], 'password-env-var'],
    [['config', '--broker-address', 'a:1', '--broker-mechanism', 'PLAIN'], '--broker-username'],
    [['config', '--broker-address', 'a:1', '--broker-protocol', 'TLS'], 'SASL_SSL'],
    [['config', '--broker-address', 'a:1', '--broker-protocol', 'SASL_SSL'], '--broker-username'],
    [['token', '--token-env-var', 'a=b'], '--token-env-var'],
    [['token', '--token-stdin'], '--token-stdin'],
    [['config', '--ca', 'not-there.pem'], 'ENOENT'],
    [['verify', '--token-2-env-var', 'UNSET'], 'UNSET'],
    [['verify', '--output', '.'], 'not a regular file'],
    [['emulate', '--brokers', 'a b'], '--brokers'],
    [['emulate', '--token-1-env-var', 'UNSET'], '--token-1-env-var'],
    [['emulate', '--password-env-var', 'UNSET'], '--password-env-var'],
  ])('reports the wrong command line %j with exit code 2', async (args, fact) => {
    const { code, stdout, stderr } = await runCli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^quix-auth: /);
    expect(unwrap(stderr)).toContain(fact);
    const inJson = await runCli([...args, '--json']);
    expect(inJson.code).toBe(2);
    expect(JSON.parse(inJson.stdout)).toMatchObject({ ok: false, error: { code: 'USAGE' } });
    expect(inJson.stderr).toBe('');
  });

  it('reports --json without a command as one JSON document', async () => {
    const { code, stdout, stderr } = await runCli(['--json']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: 'USAGE' } });
  });

  it.each([
    (secret: string) => ['token', '--token', secret],
    (secret: string) => ['token', `--token=${secret}`],
    (secret: string) => ['token', secret],
    (secret: string) => ['doctor', secret],
    (secret: string) => [secret],
    (secret: string) => [`two\n${secret}`],
    (secret: string) => ['--token', secret],
    (secret: string) => ['token', `--${secret}`],
    (secret: string) => ['token', `-${secret}`],
    (secret: string) => ['help', secret],
    (secret: string) => ['config', `-o${secret}`],
    (secret: string) => ['config', '--workspace', secret],
    (secret: string) => ['config', '--workspace', `Bearer ${secret}`],
    (secret: string) => ['config', '--portal', `Bearer ${secret}`],
    (secret: string) => ['config', '--format', secret],
    (secret: string) => ['config', `--format=Bearer ${secret}`],
    (secret: string) => ['config', '--token-file', secret],
    (secret: string) => ['config', '--token-env-var', secret],
    (secret: string) => ['config', '--broker-address', secret],
    (secret: string) => ['config', '--timeout', secret],
    (secret: string) => ['config', '--ca', secret],
    (secret: string) => ['config', '--output', secret],
    (secret: string) => ['doctor', '--kafka-client', secret],
    (secret: string) => ['verify', '--token-2-env-var', secret],
    (secret: string) => ['verify', '--output', secret],
    (secret: string) => ['emulate', '--port', secret],
    (secret: string) => ['emulate', '--token-1-env-var', secret],
    (secret: string) => ['emulate', '--password-env-var', secret],
  ])(
    'never repeats a token that is in the wrong place (%#)',
    { meta: { faults: [111] } },
    async (argsWith) => {
      const token = randomSecret();
      const jwtToken = jwt({ sub: randomSecret('') });
      const forms = [token, `"${token}"`, `NAME=${token}`, `a-${token}`, jwtToken, `N=${jwtToken}`];
      for (const [index, form] of forms.entries()) {
        const secret = form.includes(token) ? token : jwtToken;
        const json = index % 2 === 0 ? [] : ['--json'];
        const { code, stdout, stderr } = await runCli([...argsWith(form), ...json], {
          env: { TOKEN: secret, Quix__Sdk__Token: randomSecret() },
        });
        const output = stdout + stderr;
        expect(output.includes(secret.slice(-12))).toBe(false);
        expect(output.length).toBeGreaterThan(20);
        if (argsWith('').at(0) !== 'help') expect(code).toBe(2);
      }
    },
  );

  it('repeats a mistyped command or option, unless it has digits and may be a secret', async () => {
    for (const word of ['conifg', '--workpsace']) {
      expect((await runCli(word.startsWith('-') ? ['config', word] : [word])).stderr).toContain(
        word,
      );
    }
    const secret = `x${randomSecret('')}`.slice(0, 24); // without the shape of a token
    for (const word of [secret, `--${secret}`, `-${secret}`, `--${secret}=x`, `--x=${secret}`]) {
      for (const args of [[word], ['config', word]]) {
        const { code, stdout, stderr } = await runCli(args);
        expect(code).toBe(2);
        expect((stdout + stderr).includes(secret.slice(-12))).toBe(false);
      }
    }
  });

  it.each(['Quix__Workspace__Id', 'Quix__Broker__Address', 'Quix__Portal__Api'])(
    'never repeats a token in the variable %s',
    { meta: { faults: [111] } },
    async (name) => {
      const secret = randomSecret();
      for (const command of ['doctor', 'config']) {
        const env = { Quix__Sdk__Token: randomSecret(), [name]: `NAME="${secret}"` };
        const { code, stdout, stderr } = await runCli([command], { env });
        expect(code).toBe(1);
        expect((stdout + stderr).replaceAll(/\s+/g, ' ')).toContain(`${name} contains a token`);
        expect((stdout + stderr).includes(secret.slice(-12))).toBe(false);
      }
    },
  );

  it('names the options that accept a token if --token is used', async () => {
    const { stderr } = await runCli(['token', '--token', 'x']);
    for (const option of ['--token-env-var', '--token-file', '--token-stdin']) {
      expect(stderr).toContain(option);
    }
  });

  it('prints an error as one JSON document with code, message and hint', async () => {
    for (const command of ['token', 'config']) {
      const { code, stdout, stderr } = await runCli([command, '--json']);
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
      const { ok, error } = JSON.parse(stdout) as ErrorDocument;
      expect({ ok, code: error.code }).toEqual({ ok: false, code: 'QUIX_TOKEN_MISSING' });
      expect(error.message).toContain('Quix__Sdk__Token');
      expect(error.message).not.toContain(error.hint);
      expect(error.hint).toContain('--token-file');
    }
  });

  it('refuses a certificate file without a certificate, and names the option', async () => {
    writeFileSync(join(folder(), 'ca.pem'), 'not a certificate');
    for (const [command, option] of [
      ['config', '--ca'],
      ['emulate', '--broker-ca'],
    ] as const) {
      const { code, stderr } = await runCli([command, option, 'ca.pem'], { cwd: folder() });
      expect(code).toBe(2);
      expect(stderr).toContain(`${option} <file>`);
    }
  });

  it('uses colours on a terminal unless NO_COLOR or TERM=dumb is set', async () => {
    const coloured = await runCli(['--help'], { isTTY: true });
    expect(coloured.stdout).toContain('\u001B[1mCommands');
    for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      expect((await runCli(['--help'], { isTTY: true, env })).stdout).not.toContain('\u001B');
    }
    expect((await runCli(['--help'])).stdout).not.toContain('\u001B');
  });
});

describe('the lines of quix-auth', () => {
  const env = { MISSING: '' };
  const longest = (text: string): number =>
    Math.max(...text.split('\n').map((line) => line.length));
  const width = async (options: { isTTY?: boolean; columns?: number }): Promise<number> => {
    const { stderr } = await runCli(['token'], { env: { ...env, NO_COLOR: '1' }, ...options });
    // A line break must not split a word.
    expect(unwrap(stderr)).toContain('use --token-file, --token-env-var or --token-stdin.');
    return longest(stderr);
  };

  it('are at most 80 columns wide without a terminal', async () => {
    const columns = await width({ columns: 200 });
    expect(columns).toBeGreaterThan(60);
    expect(columns).toBeLessThanOrEqual(80);
  });

  it('are as wide as the terminal, up to 100 columns', async () => {
    expect(await width({ isTTY: true, columns: 50 })).toBeLessThanOrEqual(50);
    const columns = await width({ isTTY: true, columns: 200 });
    expect(columns).toBeGreaterThan(80);
    expect(columns).toBeLessThanOrEqual(100);
  });

  it('never break inside a URL', async () => {
    const url = `https://portal.example${'/path'.repeat(30)}`;
    const args = ['doctor', '--portal', url, '--timeout', '1'];
    const { stdout } = await runCli(args, { isTTY: true, columns: 40, env: { NO_COLOR: '1' } });
    expect(stdout).toContain(url);
  });
});
