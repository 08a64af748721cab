import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `${root}.github/workflows`;
const names = readdirSync(folder);
const read = (name: string): string => readFileSync(`${folder}/${name}`, 'utf8');

/** What a job may do, from its text: the lines below its `permissions:`. */
function permissions(text: string): string[] {
  const [, block = ''] = /\n {4}permissions:\n((?: {6}.*\n)+)/.exec(text) ?? [];
  return block.split('\n').flatMap((line) => line.trim() || []);
}

/** The texts of a workflow's jobs by their names. */
function jobs(name: string): Map<string, string> {
  const [, all = ''] = read(name).split(/^jobs:\n/m);
  const parts = all.split(/^ {2}(?=[\w-]+:\n)/m).filter(Boolean);
  return new Map(parts.map((text) => [text.slice(0, text.indexOf(':')), text]));
}

it('the workflows are these', () => {
  expect(names.sort()).toEqual(['ci.yml', 'nightly.yml', 'release.yml']);
});

describe.each(names)('the workflow %s', (name) => {
  it('pins each action by commit, and says which version that is', () => {
    const used = [...read(name).matchAll(/^.*\buses:.*$/gm)].map(String);
    expect(used.length).toBeGreaterThan(0);
    for (const line of used)
      expect(line).toMatch(/uses: [\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('may do nothing but what a job of it asks for', () => {
    expect(read(name)).toMatch(/^permissions: \{\}$/m);
    const all = jobs(name);
    expect(all.size).toBeGreaterThan(0);
    for (const [job, text] of all)
      expect(permissions(text)).toEqual(
        job === 'publish' ? ['contents: read', 'id-token: write'] : ['contents: read'],
      );
  });

  it('has no secret', () => {
    expect(read(name)).not.toMatch(/secrets\.|NODE_AUTH_TOKEN|NPM_TOKEN/);
  });
});

it('each push and pull request runs what a change has to pass', () => {
  expect(read('ci.yml')).toMatch(/^ {2}push:\n {4}branches: \[main\]\n {2}pull_request:$/m);
  expect(read('ci.yml')).toContain('- run: bash .ci/run\n');
});

it('a tag publishes what was tested, with provenance, in a job that runs no code of the project', () => {
  expect(read('release.yml')).toMatch(/^on:\n {2}push:\n {4}tags: \['v\*'\]\n\w/m);
  const [pack = '', publish = ''] = jobs('release.yml').values();
  for (const script of ['npm run check', 'npm test', 'npm run test:package'])
    expect(pack).toContain(`- run: ${script}\n`);
  expect(publish).toContain('needs: pack\n');
  expect([...publish.matchAll(/run: .*/g)].map(String)).toEqual([
    'run: npm publish --provenance --access public --ignore-scripts ./quix-streams-auth-*.tgz',
  ]);
});

it('package.json wants provenance, and has nothing that runs at install', () => {
  const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
    publishConfig: unknown;
    scripts: Record<string, string>;
  };
  expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
  for (const hook of ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'])
    expect(manifest.scripts).not.toHaveProperty(hook);
});
