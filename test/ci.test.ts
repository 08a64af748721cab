import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { randomSecret } from './support/leaks.ts';

const scripts = fileURLToPath(new URL('../scripts/ci', import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quix-ci-'));
  mkdirSync(join(folder, 'results'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface Report {
  readonly passed: number;
  readonly failed?: number;
  readonly meta?: object;
}

const reportOf = ({ passed, failed = 0, meta = {} }: Report): string =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    testResults: [
      {
        name: 'a.test.ts',
        message: '',
        assertionResults: [
          ...Array.from({ length: passed }, () => ({ status: 'passed', meta })),
          ...Array.from({ length: failed }, () => ({
            status: 'failed',
            fullName: 'a failing test',
            failureMessages: ['Error: expected'],
          })),
        ],
      },
    ],
  });

/** Runs shell code after steps.sh. The command npm writes the report and exits with the code. */
function runSteps(code: string, npm: { report?: Report; exitCode?: number } = {}) {
  const report = join(folder, 'report');
  if (npm.report) writeFileSync(report, reportOf(npm.report));
  const command = join(folder, 'npm');
  writeFileSync(
    command,
    `#!/usr/bin/env bash
for argument in "$@"; do
  if [[ $argument == --outputFile.json=* && -f ${report} ]]; then cp ${report} "\${argument#*=}"; fi
done
exit ${npm.exitCode ?? 0}`,
  );
  chmodSync(command, 0o755);
  return spawnSync('bash', ['-c', `source ${scripts}/steps.sh\n${code}`, 'example.sh'], {
    encoding: 'utf8',
    env: {
      PATH: `${folder}:${process.env['PATH'] ?? ''}`,
      CI_RESULTS: join(folder, 'results'),
      Quix__Sdk__Token: randomSecret(),
    },
  });
}

function summarize(): { status: number | null; lines: string[] } {
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(scripts, 'summary.mjs'), join(folder, 'results')],
    { encoding: 'utf8' },
  );
  return { status, lines: stdout.trim().split('\n') };
}

describe('a script of scripts/ci', () => {
  it('succeeds when its steps and suites succeed', () => {
    const { status } = runSteps('step one true; suite two test', { report: { passed: 3 } });
    expect(status).toBe(0);
    expect(summarize()).toMatchObject({
      status: 0,
      lines: [expect.any(String), '5 passed, 0 failed'],
    });
  });

  it('fails when a step fails, and runs the next step', () => {
    expect(runSteps('step one false; step two true').status).toBe(1);
    const { status, lines } = summarize();
    expect(status).toBe(1);
    expect(lines).toContain('FAILED: one');
    expect(lines.at(-1)).toBe('1 passed, 1 failed');
  });

  it('fails when a test fails', () => {
    const npm = { report: { passed: 2, failed: 1 }, exitCode: 1 };
    expect(runSteps('suite two test', npm).status).toBe(1);
    const { status, lines } = summarize();
    expect(status).toBe(1);
    expect(lines.join('\n')).toContain('a failing test');
    expect(lines.at(-1)).toBe('2 passed, 2 failed');
  });

  it.each<[string, { report?: Report }]>([
    ['writes no report', {}],
    ['reports no passed test', { report: { passed: 0 } }],
  ])('fails when a suite %s', (_, npm) => {
    expect(runSteps('suite two test', npm).status).toBe(1);
    expect(summarize().lines.at(-1)).toBe('1 passed, 1 failed');
  });

  it('fails when it ends before its last step', () => {
    expect(runSteps('step one true; echo "$UNSET_VARIABLE"').status).toBe(1);
    expect(summarize().lines.at(-1)).toBe('1 passed, 1 failed');
  });

  it('runs without settings for Quix', () => {
    expect(runSteps('step one printenv Quix__Sdk__Token').status).toBe(1);
  });
});

describe('summary.mjs', () => {
  it('fails when nothing was run', () => {
    expect(summarize()).toMatchObject({
      status: 1,
      lines: [expect.any(String), '0 passed, 0 failed'],
    });
  });

  it('adds up what the sentinel searched', () => {
    const meta = { sentinel: { outputs: 5, secrets: 2 } };
    runSteps('suite two test', { report: { passed: 2, meta } });
    const [line = ''] = summarize().lines;
    expect([...line.matchAll(/\d+/g)].map(Number)).toEqual([10, 2, 4]);
  });
});

it('.ci/run runs every script of scripts/ci', () => {
  const run = readFileSync(new URL('../.ci/run', import.meta.url), 'utf8');
  const [, list = ''] = /for job in ([\w -]+); do/.exec(run) ?? [];
  const others = ['steps', 'install-tools', 'node-version', 'faults'];
  expect([...list.split(' '), ...others].sort()).toEqual(
    readdirSync(scripts)
      .filter((name) => name.endsWith('.sh'))
      .map((name) => name.replace('.sh', ''))
      .sort(),
  );
  for (const script of ['node-version.sh "$version"', 'faults.sh', 'summary.mjs "$CI_RESULTS"'])
    expect(run).toContain(`scripts/ci/${script}`);
  expect(run.trim().split('\n').at(-1)).toContain('summary.mjs');
});
