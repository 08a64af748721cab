import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { Kafka } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FORMAT_NAMES, FORMATS } from '../../src/cli/formats/index.ts';
import type { Settings } from '../../src/cli/formats/format.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { randomSecret } from '../support/leaks.ts';
import { runCli } from './run-cli.ts';

closeAfterEach();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quix-cli-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const { certificate: ca } = await createCertificateAuthority();

const settingsWith = (password: string): Settings => ({
  workspaceId: 'org-project-dev',
  brokers: ['a.example:9093', 'b.example:9093'],
  securityProtocol: 'SASL_SSL',
  sasl: { mechanism: 'SCRAM-SHA-512', username: password, password },
  ca,
});

/** Whatever makes trouble in some format. */
const nasty = fc.string({
  minLength: 1,
  unit: fc.constantFrom(...Array.from('aZ0"\'\\$`!#=:;, \t\n\r{}%&|<>*~üß€😀')),
});

describe('quix-auth config', () => {
  it.each(FORMAT_NAMES)(
    'writes %s, and hides the password unless it is told otherwise',
    async (format) => {
      const password = randomSecret('pw-');
      const portal = await startPortal({ broker: { sasl: { password }, ca } });
      const args = ['config', '--format', format, '--broker-ca-file', join(folder, 'ca.pem')];
      const hidden = await runCli(args, { env: portal.env });
      expect(hidden.code).toBe(0);
      expect(hidden.stdout).toContain('[hidden]');
      expect(hidden.stdout).toContain('127.0.0.1:9092');
      expect(hidden.stderr).toBe('quix-auth: The password is hidden; --show-secrets shows it.\n');
      const shown = await runCli([...args, '--show-secrets'], {
        env: portal.env,
        showsSecrets: true,
      });
      expect(shown.stdout.includes(password)).toBe(true);
      expect(shown.stderr).toBe('');
      expect(readFileSync(join(folder, 'ca.pem'), 'utf8')).toBe(ca);
    },
  );

  it('takes the format json for --json, and librdkafka by default', async () => {
    const { env } = await startPortal();
    const json = await runCli(['config', '--json'], { env });
    expect(JSON.parse(json.stdout)).toMatchObject({
      workspaceId: 'org-project-dev',
      brokers: ['127.0.0.1:9092'],
    });
    const librdkafka = await runCli(['config'], { env });
    expect(JSON.parse(librdkafka.stdout)).toMatchObject({ 'bootstrap.servers': '127.0.0.1:9092' });
  });

  it('does for a local broker, without a token', async () => {
    const args = ['config', '--broker-address', 'localhost:9092', '--format', 'properties'];
    expect(await runCli(args)).toEqual({
      code: 0,
      stdout: 'bootstrap.servers=localhost:9092\nsecurity.protocol=PLAINTEXT\n',
      stderr: '',
    });
  });

  it('writes a file that only its owner may read, also over one that everybody could', async () => {
    const { env } = await startPortal({ broker: { ca } });
    const path = join(folder, 'kcat.conf');
    writeFileSync(path, 'old', { mode: 0o644 });
    const args = ['config', '--format', 'kcat', '--show-secrets', '-o', 'kcat.conf'];
    const { code, stdout } = await runCli(args, { env, cwd: folder });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'Written to kcat.conf, readable by you alone.\n',
    });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toContain(`ssl.ca.location=${path}.ca.pem\n`);
    expect(readFileSync(`${path}.ca.pem`, 'utf8')).toBe(ca);
  });

  it('replaces nothing that is no plain file', async () => {
    const { env } = await startPortal();
    const { code, stderr } = await runCli(['config', '-o', folder], { env });
    expect(code).toBe(2);
    expect(stderr).toContain('exists and is no plain file');
  });

  it('says that kcat needs a file for a private CA', async () => {
    const { env } = await startPortal({ broker: { ca } });
    const { code, stderr } = await runCli(['config', '--format', 'kcat'], { env });
    expect(code).toBe(2);
    expect(stderr).toContain('--output FILE');
  });

  it('tells a rejected token in one line', async () => {
    const { url } = await startPortal();
    const env = { Quix__Sdk__Token: randomSecret(), Quix__Portal__Api: url };
    const { code, stderr } = await runCli(['config'], { env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^quix-auth: QUIX_TOKEN_REJECTED: [^\n]+\n$/);
  });
});

describe('a password of any characters', () => {
  it('comes back from the JSON formats', () => {
    fc.assert(
      fc.property(nasty, (password) => {
        const settings = settingsWith(password);
        const read = (name: 'json' | 'kafkajs' | 'librdkafka'): unknown =>
          JSON.parse(FORMATS[name].write(settings));
        expect(read('json')).toMatchObject({ sasl: { password } });
        expect(read('kafkajs')).toMatchObject({ sasl: { password }, ssl: { ca: [ca] } });
        expect(read('librdkafka')).toMatchObject({ 'sasl.password': password });
      }),
    );
  });

  it('comes back from env by a POSIX shell, without anything in it being run', () => {
    const passwords = fc.sample(nasty, 60);
    for (const password of passwords) {
      const file = join(folder, 'env');
      writeFileSync(file, FORMATS.env.write(settingsWith(password)));
      const script = '. ./env; printf %s "$KAFKA_SASL_PASSWORD"';
      expect(execFileSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8' })).toBe(password);
    }
  });

  it('comes back from env by Node itself, but for single quotes', () => {
    fc.assert(
      fc.property(
        nasty.filter((text) => !/['\r]/.test(text)),
        (password) => {
          const read = parseEnv(FORMATS.env.write(settingsWith(password)));
          expect(read['KAFKA_SASL_PASSWORD']).toBe(password);
          expect(read['KAFKA_SSL_CA_PEM']).toBe(ca);
        },
      ),
    );
  });

  it.each(['a\nb', ' a', 'a\t', 'a\0b', 'x'.repeat(600)])(
    'is refused by kcat where its file has no way to write it (%#)',
    (password) => {
      expect(() => FORMATS.kcat.write({ ...settingsWith(password), caFile: 'ca.pem' })).toThrow(
        /^The format kcat cannot hold this sasl\.(username|password): /,
      );
    },
  );

  it('is escaped twice in properties: for the file and for JAAS', () => {
    const text = FORMATS.properties.write(settingsWith('a"b\\c\nü€'));
    expect(text).toContain('password="a\\\\"b\\\\\\\\c\\\\n\\u00fc\\u20ac";\n');
    expect(text).toMatch(/^ssl\.truststore\.certificates=-----BEGIN CERTIFICATE-----\\n/m);
  });
});

it('the format kafkajs is what kafkajs takes', () => {
  const config = JSON.parse(FORMATS.kafkajs.write(settingsWith('x'))) as object;
  expect(() => new Kafka(config as never).producer()).not.toThrow();
});

it.each(['properties', 'kafkajs'] as const)(
  'the format %s refuses mechanisms it cannot name',
  (name) => {
    const settings = {
      ...settingsWith('x'),
      sasl: { mechanism: 'GSSAPI', username: 'u', password: 'p' },
    };
    expect(() => FORMATS[name].write(settings)).toThrow(/SASL mechanism/);
  },
);
