import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `${root}.github/workflows`;
const names = readdirSync(folder);
const read = (name: string): string => readFileSync(`${folder}/${name}`, 'utf8');

/** Returns the permissions in the text of a job. */
function permissionsOf(job: string): string[] {
  const [, block = ''] = /\n {4}permissions:\n((?: {6}.*\n)+)/.exec(job) ?? [];
  return block.split('\n').flatMap((line) => line.trim() || []);
}

/** Returns the text of each job in a workflow by its name. */
function jobsOf(name: string): Map<string, string> {
  const [, all = ''] = read(name).split(/^jobs:\n/m);
  const parts = all.split(/^ {2}(?=[\w-]+:\n)/m).filter((part) => /^[\w-]+:\n/.test(part));
  return new Map(parts.map((text) => [text.slice(0, text.indexOf(':')), text]));
}

/** Returns the values of a matrix. */
function matrixOf(job: string, name: string): string[] {
  const [, list = ''] = new RegExp(`^ {8}${name}: \\[(.*)\\]$`, 'm').exec(job) ?? [];
  return list.split(',').map((value) => value.trim().replaceAll("'", ''));
}

/** Returns the values of a loop in .ci/run. */
function loopOf(variable: string): string[] {
  const run = readFileSync(`${root}.ci/run`, 'utf8');
  const [, list = ''] = new RegExp(`for ${variable} in (.*?); do`).exec(run) ?? [];
  return list.split(' ');
}

it('there are exactly three workflows', () => {
  expect(names.sort()).toEqual(['ci.yml', 'nightly.yml', 'release.yml']);
});

describe.each(names)('the workflow %s', (name) => {
  it('pins each action by commit and names its version', () => {
    const uses = [...read(name).matchAll(/^.*\buses:.*$/gm)].map(String);
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses)
      expect(line).toMatch(/uses: [\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('gives each job only the permissions that it needs', () => {
    expect(read(name)).toMatch(/^permissions: \{\}$/m);
    const jobs = jobsOf(name);
    expect(jobs.size).toBeGreaterThan(0);
    const special = new Map([
      ['publish', ['contents: read', 'id-token: write']],
      ['site', ['pages: write', 'id-token: write']],
    ]);
    for (const [job, text] of jobs)
      expect(permissionsOf(text)).toEqual(special.get(job) ?? ['contents: read']);
  });

  it('gives no job more time than an hour', () => {
    for (const text of jobsOf(name).values()) {
      const [, minutes] = /^ {4}timeout-minutes: (\d+)$/m.exec(text) ?? [];
      expect(Number(minutes)).toBeLessThanOrEqual(60);
    }
  });

  it('uses no secret', () => {
    expect(read(name)).not.toMatch(/secrets\.|NODE_AUTH_TOKEN|NPM_TOKEN/);
  });
});

it('each push and pull request runs every script of .ci/run in a job of its own', () => {
  expect(read('ci.yml')).toMatch(/^ {2}push:\n {4}branches: \[main\]\n {2}pull_request:$/m);
  const { suites = '', node = '', faults = '' } = Object.fromEntries(jobsOf('ci.yml'));
  expect(matrixOf(suites, 'job')).toEqual(loopOf('job'));
  expect(suites).toContain('- run: bash scripts/ci/${{ matrix.job }}.sh\n');
  expect(matrixOf(node, 'version')).toEqual(loopOf('version'));
  expect(node).toContain('- run: bash scripts/ci/node-version.sh ${{ matrix.version }}\n');
  expect(faults).toContain('needs: suites\n');
  expect(faults).toContain('- run: bash scripts/ci/faults.sh\n');
});

it('each night runs the mutation tests of three modules with a threshold of 94 %', async () => {
  const mutation = jobsOf('nightly.yml').get('mutation') ?? '';
  expect(matrixOf(mutation, 'module')).toEqual(['token', 'portal', 'credentials']);
  expect(mutation).toContain('- run: npm run mutation\n        env:\n          MODULE:');
  const { default: config } = (await import(`${root}stryker.config.js`)) as {
    default: { thresholds: { break: number } };
  };
  expect(config.thresholds.break).toBe(94);
});

it('a tag publishes the tested tarball with provenance, in a job that runs no code of the project', () => {
  expect(read('release.yml')).toMatch(/^on:\n {2}push:\n {4}tags: \['v\*'\]\n\w/m);
  const [pack = '', publish = ''] = jobsOf('release.yml').values();
  for (const command of ['run check', 'test', 'run test:secrets', 'run test:package'])
    expect(pack).toContain(`- run: npm ${command}\n`);
  expect(publish).toContain('needs: pack\n');
  expect([...publish.matchAll(/run: .*/g)].map(String)).toEqual([
    'run: npm publish --provenance --access public --ignore-scripts ./quix-streams-auth-*.tgz',
  ]);
});

it('a tag publishes the site of its documents, in a job that runs no code of the project', () => {
  const { pack = '', site = '' } = Object.fromEntries(jobsOf('release.yml'));
  expect(pack).toMatch(
    /- run: npm run docs:site\n {6}- uses: actions\/upload-pages-artifact@.*\n {8}with:\n {10}path: \.vitepress\/dist\n/,
  );
  expect(site).toContain('needs: publish\n');
  expect(site).not.toContain('run:');
  expect([...site.matchAll(/uses: ([\w/-]+)@/g)].map(([, action]) => action)).toEqual([
    'actions/deploy-pages',
  ]);
});

it('package.json requires provenance and has no script that runs on installation', () => {
  const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
    publishConfig: unknown;
    scripts: Record<string, string>;
  };
  expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
  for (const hook of ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'])
    expect(manifest.scripts).not.toHaveProperty(hook);
});
