import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FORMAT_NAMES } from '../../src/cli/formats.ts';
import { runCli, unwrap } from '../cli/run-cli.ts';
import { temporaryFolder } from '../cli/temporary-folder.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

const folder = temporaryFolder();
const { certificate: ca } = await createCertificateAuthority();

/** Ends the quoted value in a dotenv file, and sets a variable that makes Node run `code`. */
const injection = (code: string): string =>
  `x'\nNODE_OPTIONS=--import=data:text/javascript,${encodeURIComponent(code)}\nY='`;

/** Runs Node with a file of variables. Returns what it prints. */
const runNode = (file: string): string =>
  execFileSync(process.execPath, [`--env-file=${file}`, '-e', '0'], { encoding: 'utf8' });

describe('a value with a line break in a generated file', { meta: { faults: [117] } }, () => {
  it('could run code in Node', () => {
    const file = join(folder(), 'env');
    writeFileSync(file, `A='${injection('console.log("code ran")')}'\n`);
    expect(runNode(file)).toBe('code ran\n');
  });

  it.each(FORMAT_NAMES)('is refused by the format %s before a file is written', async (format) => {
    const args = ['config', '--format', format, '-o', 'out', '--broker-ca-file', 'ca.pem'];
    // The texts differ, because the sentinel would report a user name that is also a password.
    const values = { username: "x'\nPATH=/other\nY='", password: injection('1') };
    for (const [name, value] of Object.entries(values)) {
      for (const shown of [[], ['--show-secrets']]) {
        const sasl = { [name]: value };
        const { env } = await startPortal({ broker: { ca, sasl } });
        const { code, stdout, stderr } = await runCli([...args, ...shown], { env, cwd: folder() });
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
        expect(unwrap(stderr)).toMatch(/^quix-auth: QUIX_BAD_RESPONSE: /);
        expect(stderr).toContain(`"sasl.${name}"`);
        expect(stderr).not.toMatch(/NODE_OPTIONS|PATH=/);
        expect(readdirSync(folder())).toEqual([]);
      }
    }
  });

  it.each([
    ['a line break', '\n'],
    ['a carriage return', '\r'],
    ['ESC', '\u001B[31m'],
    ['NUL', '\0'],
    ['DEL', '\u007F'],
    ['a C1 control character', '\u009B31m'],
    ['a line separator', '\u2028'],
    ['a character that reverses the direction of text', '\u202E'],
    ['an isolate', '\u2066'],
    ['half of a surrogate pair', '\uD800'],
  ])('is refused like one with %s', async (_, character) => {
    const { env } = await startPortal({ broker: { sasl: { password: `pass${character}word` } } });
    for (const json of [[], ['--json']]) {
      const { code, stdout, stderr } = await runCli(['config', '--show-secrets', ...json], { env });
      expect(code).toBe(1);
      expect(stdout + stderr).toContain('QUIX_BAD_RESPONSE');
      expect(stdout + stderr).toContain('sasl.password');
    }
  });
});

describe('quix-auth config', () => {
  it('writes no certificate authority if the format refuses a setting', async () => {
    const { env } = await startPortal({ broker: { ca, sasl: { password: ' at the start' } } });
    const args = ['config', '--format', 'kcat', '--show-secrets', '-o', 'quix.conf'];
    const { code, stderr } = await runCli(args, { env, cwd: folder() });
    expect(code).toBe(1);
    expect(stderr).toContain('QUIX_UNSUPPORTED');
    expect(readdirSync(folder())).toEqual([]);
  });

  it('writes no certificate authority if the other file cannot be replaced', async () => {
    const { env } = await startPortal({ broker: { ca } });
    const args = ['config', '--broker-ca-file', 'ca.pem', '-o'];
    for (const output of ['.', 'ca.pem']) {
      const { code } = await runCli([...args, output], { env, cwd: folder() });
      expect(code).toBe(2);
      expect(readdirSync(folder())).toEqual([]);
    }
  });

  it('prints control characters in JSON as escape sequences of JSON', async () => {
    const { env } = await startPortal({ broker: { clientId: 'name-\u00AD-\u{E0001}' } });
    const plain = await runCli(['config'], { env });
    const inJson = await runCli(['config', '--json'], { env });
    for (const { code, stdout } of [plain, inJson]) {
      expect(code).toBe(0);
      expect(stdout).toContain('name-\\u00ad-\\udb40\\udc01');
      expect(stdout).toMatch(/^[\n\x20-\x7E]+$/);
    }
  });
});
