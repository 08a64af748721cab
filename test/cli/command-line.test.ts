import { describe, expect, it } from 'vitest';
import { VERSION } from '../../src/version.ts';
import { randomSecret } from '../support/leaks.ts';
import { runCli } from './run-cli.ts';

const COMMANDS = ['doctor', 'config', 'token', 'emulate'];

describe('quix-auth', () => {
  it('lists its commands, also when it is called without any, which is exit code 2', async () => {
    const help = await runCli(['--help']);
    expect(help.code).toBe(0);
    for (const command of COMMANDS) expect(help.stdout).toContain(`  ${command}`);
    expect(await runCli([])).toEqual({ ...help, code: 2 });
    expect(await runCli(['-h'])).toEqual(help);
  });

  it('tells its version', async () => {
    expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
  });

  it.each(COMMANDS)('explains %s with examples', async (command) => {
    const help = await runCli([command, '--help']);
    expect(help.code).toBe(0);
    expect(help.stdout).toMatch(new RegExp(`^quix-auth ${command}: `));
    expect(help.stdout).toMatch(/Examples\n {2}# .+\n {2}.*quix-auth /);
    expect(help.stdout).toContain('--json');
    expect(await runCli(['help', command])).toEqual(help);
  });

  it.each([
    [['doktor'], 'There is no command "doktor". Did you mean doctor?'],
    [['xyz'], 'There is no command "xyz". Commands are doctor, config, token, emulate.'],
    [['doctor', '--topc', 'x'], 'There is no option "--topc". Did you mean --topic?'],
    [['--hlp'], 'There is no option "--hlp". Did you mean --help?'],
    [['doctor', '--topic'], '--topic needs a value: --topic NAME.'],
    [['doctor', '--topic', '--json=1'], '--topic needs a value: --topic NAME.'],
    [['doctor', '--json=yes'], '--json takes no value.'],
    [['doctor', 'now'], 'This command takes options alone: what is "now" for?'],
    [['config', '--format', 'xml'], '--format is none of: librdkafka, properties, kafkajs,'],
    [['config', '--timeout', 'soon'], '--timeout is not a number from 0.1 to 86400.'],
    [['token', '--token-stdin'], '--token-stdin was given, but stdin is empty.'],
    [['config', '--ca', 'not-there.pem'], 'The file of --ca cannot be read (ENOENT).'],
    [['emulate', '--brokers', 'a b'], '--brokers is no list of host:port.'],
  ])('answers %j with one line and exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await runCli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^quix-auth: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });

  it.each([
    (secret: string) => ['token', '--token', secret],
    (secret: string) => ['token', `--token=${secret}`],
    (secret: string) => ['token', secret],
    (secret: string) => [secret],
    (secret: string) => ['token', `--${secret}`],
    (secret: string) => ['config', '--workspace', secret],
    (secret: string) => ['config', '--token-file', secret],
    (secret: string) => ['config', '--output', secret],
  ])('never repeats a token that was put in a wrong place (%#)', async (argsWith) => {
    const secret = randomSecret();
    const { code, stdout, stderr } = await runCli(argsWith(secret), {
      env: { TOKEN: secret, Quix__Sdk__Token: randomSecret() },
    });
    expect(code).toBeGreaterThan(0);
    expect(stdout).toBe('');
    expect(stderr.length).toBeGreaterThan(20);
  });

  it('says why there is no option --token', async () => {
    const { stderr } = await runCli(['token', '--token', 'x']);
    expect(stderr).toContain('list of processes');
  });

  it('tells errors as JSON where that is asked for', async () => {
    const { code, stdout, stderr } = await runCli(['token', '--json']);
    expect(code).toBe(1);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: 'QUIX_TOKEN_MISSING' } });
  });

  it('has colours on a terminal, unless NO_COLOR is set', async () => {
    const coloured = await runCli(['--help'], { isTTY: true });
    expect(coloured.stdout).toContain('\u001B[1mCommands');
    for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      expect((await runCli(['--help'], { isTTY: true, env })).stdout).not.toContain('\u001B');
    }
    expect((await runCli(['--help'])).stdout).not.toContain('\u001B');
  });
});
