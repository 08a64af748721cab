import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { Kafka } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { FORMAT_NAMES, FORMATS, toText, type Settings } from '../../src/cli/formats.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { randomSecret } from '../support/leaks.ts';
import { runCli, unwrap } from './run-cli.ts';
import { temporaryFolder } from './temporary-folder.ts';

closeAfterEach();

const folder = temporaryFolder();

const { certificate: ca } = await createCertificateAuthority();

const settingsWith = (password: string): Settings => ({
  workspaceId: 'org-project-dev',
  brokers: ['a.example:9093', 'b.example:9093'],
  securityProtocol: 'SASL_SSL',
  sasl: { mechanism: 'SCRAM-SHA-512', username: password, password },
  ca,
});

/** Texts with characters that at least one format must escape. Control characters are refused. */
const specialText = fc.string({
  minLength: 1,
  unit: fc.constantFrom(...Array.from('aZ0"\'\\$`!#=:;, {}%&|<>*~()[]?^@üß€😀')),
});

describe('quix-auth config', () => {
  it.each(FORMAT_NAMES)(
    'prints %s, and hides the password without --show-secrets',
    async (format) => {
      const password = randomSecret('pw-');
      const portal = await startPortal({ broker: { sasl: { password }, ca } });
      const args = ['config', '--format', format, '--broker-ca-file', join(folder(), 'ca.pem')];
      const hidden = await runCli(args, { env: portal.env });
      expect(hidden.code).toBe(0);
      expect(hidden.stdout).toContain('[hidden]');
      expect(hidden.stdout).toContain('127.0.0.1:9092');
      expect(hidden.stderr).toContain('--show-secrets');
      const shown = await runCli([...args, '--show-secrets'], {
        env: portal.env,
        showsSecrets: true,
      });
      expect(shown.stdout.includes(password)).toBe(true);
      expect(shown.stderr).toBe('');
      expect(readFileSync(join(folder(), 'ca.pem'), 'utf8')).toBe(ca);
    },
  );

  it('prints librdkafka by default', async () => {
    const { env } = await startPortal();
    const { stdout } = await runCli(['config'], { env });
    expect(JSON.parse(stdout)).toMatchObject({ 'bootstrap.servers': '127.0.0.1:9092' });
  });

  it('prints the format json inside the document of --json by default', async () => {
    const { env } = await startPortal();
    const { code, stdout, stderr } = await runCli(['config', '--json'], { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      format: 'json',
      passwordHidden: true,
      warnings: [],
      settings: { workspaceId: 'org-project-dev', brokers: ['127.0.0.1:9092'] },
    });
  });

  it.each(FORMAT_NAMES)('prints one JSON document for --format %s with --json', async (format) => {
    const args = ['config', '--broker-address', 'localhost:9092', '--format', format];
    const plain = await runCli(args);
    const { code, stdout, stderr } = await runCli([...args, '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const document = JSON.parse(stdout) as { text?: string; settings?: object };
    expect(document).toMatchObject({ ok: true, format, passwordHidden: false });
    expect(document.text ?? toText(document.settings ?? {})).toBe(plain.stdout);
  });

  it('names the written file in the document of --json', async () => {
    const args = ['config', '--broker-address', 'localhost:9092', '--json', '-o', 'settings'];
    const { stdout } = await runCli(args, { cwd: folder() });
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, format: 'json', output: 'settings' });
    expect(readFileSync(join(folder(), 'settings'), 'utf8')).toContain('localhost:9092');
  });

  it('prints warnings on stderr, or in the document of --json', async () => {
    const { env } = await startPortal({
      broker: { securityProtocol: 'PLAINTEXT', brokers: ['192.0.2.1:9092'] },
    });
    const plain = await runCli(['config'], { env });
    expect(plain.stderr).toContain('PLAINTEXT');
    const { stdout, stderr } = await runCli(['config', '--json'], { env });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ warnings: [{ code: 'BROKER_NOT_ENCRYPTED' }] });
  });

  it('prints the settings of a local broker without a token', async () => {
    const args = ['config', '--broker-address', 'localhost:9092', '--format', 'properties'];
    expect(await runCli(args)).toEqual({
      code: 0,
      stdout: 'bootstrap.servers=localhost:9092\nsecurity.protocol=PLAINTEXT\n',
      stderr: '',
    });
  });

  it('writes a file that only its owner can read, also in place of a public one', async () => {
    const { env } = await startPortal({ broker: { ca } });
    const path = join(folder(), 'kcat.conf');
    writeFileSync(path, 'old', { mode: 0o644 });
    const args = ['config', '--format', 'kcat', '--show-secrets', '-o', 'kcat.conf'];
    const { code, stdout } = await runCli(args, { env, cwd: folder() });
    expect(code).toBe(0);
    expect(stdout).toContain('kcat.conf');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toContain(`ssl.ca.location=${path}.ca.pem\n`);
    expect(readFileSync(`${path}.ca.pem`, 'utf8')).toBe(ca);
  });

  it('refuses to replace something that is not a regular file', async () => {
    const { env } = await startPortal();
    const { code, stderr } = await runCli(['config', '-o', folder()], { env });
    expect(code).toBe(2);
    expect(unwrap(stderr)).toContain(folder());
  });

  it('names the options for the file if kcat needs a private certificate authority', async () => {
    const { env } = await startPortal({ broker: { ca } });
    const { code, stderr } = await runCli(['config', '--format', 'kcat'], { env });
    expect(code).toBe(2);
    expect(stderr).toContain('--output');
    expect(stderr).toContain('--broker-ca-file');
  });

  it('reports a rejected token with its code, its correlation id and exit code 1', async () => {
    const { url } = await startPortal();
    const env = { Quix__Sdk__Token: randomSecret(), Quix__Portal__Api: url };
    const { code, stderr } = await runCli(['config'], { env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^quix-auth: QUIX_TOKEN_REJECTED: /);
    expect(stderr).toMatch(/[0-9a-f]{8}-[0-9a-f-]{27}/);
    expect(stderr).not.toContain('fallbackToken');
  });

  it('names --portal for a wrong Portal URL', async () => {
    const env = { Quix__Sdk__Token: randomSecret() };
    const { code, stderr } = await runCli(['config', '--portal', 'http://portal.example'], { env });
    expect(code).toBe(1);
    expect(stderr).toContain('QUIX_CONFIG');
    expect(stderr).toContain('--portal');
    expect(stderr).not.toContain('portalApi');
  });
});

describe('a password with special characters', () => {
  it('is read from the JSON formats unchanged', () => {
    fc.assert(
      fc.property(specialText, (password) => {
        const settings = settingsWith(password);
        const read = (name: 'json' | 'kafkajs' | 'librdkafka'): unknown =>
          JSON.parse(toText(FORMATS[name].write(settings)));
        expect(read('json')).toMatchObject({ sasl: { password } });
        expect(read('kafkajs')).toMatchObject({ sasl: { password }, ssl: { ca: [ca] } });
        expect(read('librdkafka')).toMatchObject({ 'sasl.password': password });
      }),
    );
  });

  /** Writes the file `env`. Returns `false` if the format refuses the password. */
  const writeEnv = (password: string): boolean => {
    try {
      writeFileSync(join(folder(), 'env'), FORMATS.env.write(settingsWith(password)));
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: 'QUIX_UNSUPPORTED' });
      return false;
    }
  };

  it('is refused by env, or read with the same value by a POSIX shell and node --env-file', () => {
    const inShell = '. ./env; printf %s "$KAFKA_SASL_PASSWORD"';
    const inNode = 'process.stdout.write(process.env.KAFKA_SASL_PASSWORD)';
    const run = (file: string, args: string[]): string =>
      execFileSync(file, args, { cwd: folder(), encoding: 'utf8', env: {} });
    const passwords = ["it's", 'a"b', 'a$HOME`id`', '# a', 'a\\nb', ...fc.sample(specialText, 25)];
    for (const password of passwords) {
      if (!writeEnv(password)) continue;
      expect(run('/bin/sh', ['-c', inShell])).toBe(password);
      expect(run(process.execPath, ['--env-file=env', '-e', inNode])).toBe(password);
    }
  });

  it('is refused by env only if it contains a quote or ends with a backslash', () => {
    fc.assert(
      fc.property(specialText, (password) => {
        const isWritten = writeEnv(password);
        expect(isWritten || /'|\\$/.test(password)).toBe(true);
        if (!isWritten) return;
        const read = parseEnv(readFileSync(join(folder(), 'env'), 'utf8'));
        expect(read['KAFKA_SASL_PASSWORD']).toBe(password);
        expect(read['KAFKA_SSL_CA_PEM']).toBe(ca);
      }),
    );
    const texts = ["it's", `'"`, "'$", "'`", "'\\", 'ends with \\'];
    expect(texts.map(writeEnv)).toEqual([true, false, false, false, false, false]);
  });

  it.each(['a\nb', ' a', 'a\t', 'a\0b', 'x'.repeat(600)])(
    'is refused if the file of kcat cannot hold it (%#)',
    (password) => {
      expect(() => FORMATS.kcat.write({ ...settingsWith(password), caFile: 'ca.pem' })).toThrow(
        /^The format kcat cannot hold this sasl\.(username|password): /,
      );
    },
  );

  it('is escaped for JAAS and then for the file in properties', () => {
    const text = FORMATS.properties.write(settingsWith('a"b\\c\nü€'));
    expect(text).toContain('password="a\\\\"b\\\\\\\\c\\\\n\\u00fc\\u20ac";\n');
    expect(text).toMatch(/^ssl\.truststore\.certificates=-----BEGIN CERTIFICATE-----\\n/m);
  });
});

it('kafkajs accepts the format kafkajs', () => {
  const config = FORMATS.kafkajs.write(settingsWith('x'));
  expect(() => new Kafka(config as never).admin()).not.toThrow();
});

it.each(['properties', 'kafkajs'] as const)(
  'the format %s refuses a SASL mechanism that its tool does not support',
  (name) => {
    const settings = {
      ...settingsWith('x'),
      sasl: { mechanism: 'GSSAPI', username: 'u', password: 'p' },
    };
    expect(() => FORMATS[name].write(settings)).toThrow(/SASL mechanism/);
  },
);
