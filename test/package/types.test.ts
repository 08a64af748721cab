import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { installOnce } from '../kafka/support/cached-install.ts';
import { PLATFORMATIC, PROGRAM, SERVICE } from './user-programs.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'quix-types-'));
const CHECK = fileURLToPath(new URL('check-types.mjs', import.meta.url));

const OLDEST = '5.4';
const NEWEST = '6.0';
const VERSIONS = [OLDEST, '5.5', '5.6', '5.7', '5.8', '5.9', NEWEST];

interface TypeCheck {
  readonly version: string;
  readonly resolutions: readonly {
    readonly name: string;
    readonly checked: readonly string[];
    readonly problems: readonly string[];
  }[];
}

/** Runs the type check of each version, two at a time. */
async function checkAll(): Promise<Map<string, TypeCheck>> {
  const aliases = VERSIONS.map((version) => `typescript-${version}@npm:typescript@${version}`);
  const typescripts = installOnce(`typescript-${OLDEST}-${NEWEST}`, aliases);
  const checks = new Map<string, TypeCheck>();
  const waiting = [...VERSIONS];
  const work = async (): Promise<void> => {
    for (let version = waiting.shift(); version !== undefined; version = waiting.shift()) {
      const typescript = join(typescripts, 'node_modules', `typescript-${version}`);
      const { stdout } = await run(process.execPath, [
        CHECK,
        typescript,
        folder,
        join(folder, version),
      ]);
      checks.set(version, JSON.parse(stdout) as TypeCheck);
    }
  };
  await Promise.all([work(), work()]);
  return checks;
}

let checks = new Map<string, TypeCheck>();

describe('the types of the tarball', () => {
  beforeAll(async () => {
    const packages = [
      '@confluentinc/kafka-javascript@1',
      '@platformatic/kafka@1',
      'platformatic-2@npm:@platformatic/kafka@2',
      'kafkajs@2',
      'msw@2',
      'node-rdkafka@3',
      '@types/node@20',
    ];
    // Packages with native code are not built, because only their types are needed.
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    execFileSync('npm', ['install', ...flags, inject('tarball'), ...packages], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    for (const ending of ['mts', 'cts']) {
      writeFileSync(join(folder, `service.${ending}`), SERVICE);
      writeFileSync(join(folder, `platformatic.${ending}`), PLATFORMATIC);
      writeFileSync(join(folder, `program.${ending}`), PROGRAM);
    }
    checks = await checkAll();
  }, 300_000);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(VERSIONS)('and programs of users compile with TypeScript %s without casts', (version) => {
    const check = checks.get(version);
    expect(check?.version).toMatch(new RegExp(`^${version.replace('.', '\\.')}\\.`));
    expect(check?.resolutions.map(({ name, problems }) => [name, problems])).toEqual([
      ['nodenext', []],
      ['nodenext with @platformatic/kafka 2', []],
      ['node16', []],
      ['bundler', []],
    ]);
  });

  it('exist for all seven entry points, as ESM and CommonJS', () => {
    const [first] = checks.get(NEWEST)?.resolutions ?? [];
    for (const entry of [
      'index',
      'confluent',
      'kafkajs',
      'librdkafka',
      'platformatic',
      'testing',
      'testing-msw',
    ]) {
      expect(first?.checked).toContain(`${entry}.d.ts`);
      expect(first?.checked).toContain(`${entry}.d.cts`);
    }
  });

  it.each([
    [OLDEST, 'mjs'],
    [OLDEST, 'cjs'],
    [NEWEST, 'mjs'],
    [NEWEST, 'cjs'],
  ])(
    'match the results of a program that TypeScript %s compiled to .%s',
    async (version, ending) => {
      const { stdout } = await run(process.execPath, [join(folder, version, `program.${ending}`)]);
      expect(JSON.parse(stdout)).toEqual({
        brokers: ['127.0.0.1:1'],
        topic: 'org-project-dev-f1-data',
        unreachable: 'KafkaJSNumberOfRetriesExceeded',
        rejected: 'QUIX_TOKEN_REJECTED',
        mocked: 200,
      });
    },
  );
});
