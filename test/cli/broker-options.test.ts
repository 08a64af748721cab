import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { randomSecret } from '../support/leaks.ts';
import { runCli, unwrap } from './run-cli.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const { certificate: ca } = await createCertificateAuthority();

const BROKER = ['config', '--broker-address', 'a.example:9093'];
const LOGIN = ['--broker-username', 'me', '--broker-password-env-var', 'MY_PASSWORD'];

/** Runs the command with a file for a CA. Returns the settings that it prints. */
async function settingsFor(args: readonly string[], env: Record<string, string> = {}) {
  writeFileSync(join(folder(), 'ca.pem'), ca);
  const options = { env, cwd: folder(), showsSecrets: true };
  const { stdout, stderr } = await runCli(
    [...BROKER, ...args, '--json', '--show-secrets'],
    options,
  );
  expect(stderr).toBe('');
  return (JSON.parse(stdout) as { settings: Record<string, unknown> }).settings;
}

describe('the options of quix-auth for a Kafka of your own', () => {
  it('have the documented defaults for the protocol and the mechanism', async () => {
    const plaintext = await settingsFor(['--broker-protocol', 'PLAINTEXT']);
    expect(plaintext).toMatchObject({ securityProtocol: 'PLAINTEXT' });
    const tls = await settingsFor(['--broker-ca', 'ca.pem']);
    expect(tls).toMatchObject({ securityProtocol: 'SSL', ca });
    const password = randomSecret();
    expect(await settingsFor(LOGIN, { MY_PASSWORD: password })).toMatchObject({
      securityProtocol: 'SASL_SSL',
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'me', password },
    });
  });

  it.each(['\n', '\r\n', ''])(
    'read a password from a file, without the line break at its end (%j)',
    async (ending) => {
      const password = `${randomSecret()} `;
      const path = join(folder(), 'password');
      writeFileSync(path, password + ending);
      const { sasl } = await settingsFor(LOGIN, { MY_PASSWORD_FILE: path });
      expect(sasl).toMatchObject({ password });
    },
  );

  it.each<[string, readonly string[], string]>([
    ['a user name without SASL', [...LOGIN, '--broker-protocol', 'SSL'], '--broker-username needs'],
    ['SASL without a user name', ['--broker-protocol', 'SASL_SSL'], 'these need --broker-username'],
    [
      'a CA without TLS',
      ['--broker-ca', 'ca.pem', '--broker-protocol', 'PLAINTEXT'],
      '--broker-ca needs',
    ],
    [
      'an empty file',
      ['--broker-username', 'me', '--broker-password-env-var', 'EMPTY'],
      'is empty',
    ],
    ['no password', ['--broker-username', 'me', '--broker-password-env-var', 'NONE'], 'not set'],
  ])('are refused for %s, with names of options', async (_, args, words) => {
    writeFileSync(join(folder(), 'ca.pem'), ca);
    writeFileSync(join(folder(), 'empty'), '\n');
    const env = { MY_PASSWORD: randomSecret(), EMPTY_FILE: join(folder(), 'empty') };
    const { code, stderr } = await runCli([...BROKER, ...args], { env, cwd: folder() });
    expect(unwrap(stderr)).toContain(words);
    expect(stderr).not.toContain('brokerAddress');
    expect(code).toBe(2);
  });
});
