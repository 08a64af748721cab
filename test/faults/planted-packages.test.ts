import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findKafkaClient } from '../../src/cli/doctor/installed-client.ts';
import { doctorSteps } from '../cli/run-cli.ts';
import { temporaryFolder } from '../cli/temporary-folder.ts';
import { closeAfterEach } from '../support/portal-clients.ts';
import { startListener } from '../support/scripted-server.ts';

closeAfterEach();

const folder = temporaryFolder();

/** Writes a file below the temporary folder. Objects are written as JSON. Returns its folder. */
function write(path: string, content: string | object): string {
  const file = join(folder(), path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return dirname(file);
}

/** Puts a package into the `node_modules` of a folder. Its version is the name of the folder. */
function plant(path: string, name = 'kafkajs'): string {
  const place = join(path, 'node_modules', name);
  write(join(place, 'index.js'), 'globalThis.plantedCodeRan = true;');
  return write(join(place, 'package.json'), { name, version: `in ${path}`, main: 'index.js' });
}

const versionAt = (path: string): string | undefined =>
  findKafkaClient(join(folder(), path), 'kafkajs')?.version;

describe('a Kafka client outside of the project', { meta: { faults: [119] } }, () => {
  it('is not loaded from a parent of a folder without package.json', async () => {
    plant('.');
    const cwd = dirname(write('work/data/file.txt', ''));
    const { port } = await startListener((socket) => socket.end());
    const args = ['--broker-address', `127.0.0.1:${port}`];
    const step = (await doctorSteps(args, { cwd }))[`broker-sasl 127.0.0.1:${port}`];
    expect(JSON.stringify(step)).not.toContain('in .');
    expect('plantedCodeRan' in globalThis).toBe(false);
  });

  it('is not loaded from a parent of the project', () => {
    plant('.');
    write('package.json', { name: 'not-a-workspace' });
    write('project/package.json', {});
    expect(versionAt('project')).toMatch(/^2\.\d/); // next to this package
  });

  it('is not loaded from a parent folder that every user can write to', () => {
    plant('shared');
    write('shared/package.json', { workspaces: ['*'] });
    chmodSync(join(folder(), 'shared'), 0o1777);
    write('shared/mine/file.txt', '');
    expect(versionAt('shared/mine')).toMatch(/^2\.\d/);
    write('shared/mine/package.json', {});
    expect(versionAt('shared/mine')).toMatch(/^2\.\d/);
    expect(versionAt('shared')).toBe('in shared'); // the working directory itself
  });

  it('is not loaded in place of a broken package of the project', () => {
    plant('.');
    write('project/package.json', {});
    write('project/node_modules/kafkajs/package.json', { version: 'broken', main: 'missing.js' });
    expect(versionAt('project')).toMatch(/^2\.\d/);
  });
});

describe('quix-auth doctor loads a Kafka client', () => {
  it('from the project that contains the working directory', () => {
    plant('project');
    write('project/package.json', {});
    const cwd = 'project/src/deep';
    write(`${cwd}/file.txt`, '');
    expect(versionAt(cwd)).toBe('in project');
    plant('project/nearer');
    expect(versionAt('project/nearer')).toBe('in project/nearer');
  });

  it('from a working directory without package.json', () => {
    plant('scripts');
    expect(versionAt('scripts')).toBe('in scripts');
  });

  it.each([
    ['workspaces in package.json', 'package.json', { workspaces: ['packages/*'] }],
    ['a pnpm-workspace.yaml', 'pnpm-workspace.yaml', 'packages: [packages/*]'],
  ])('from the root of a monorepo with %s', (_, file, content) => {
    plant('repo');
    write('repo/package.json', {});
    write(`repo/${file}`, content);
    write('repo/packages/one/package.json', {});
    expect(versionAt('repo/packages/one')).toBe('in repo');
    plant('repo/packages/two');
    write('repo/packages/two/package.json', {});
    expect(versionAt('repo/packages/two')).toBe('in repo/packages/two');
  });

  it('through a symbolic link, as pnpm installs packages', () => {
    const store = plant('project/node_modules/.pnpm/kafkajs@2');
    write('project/package.json', {});
    symlinkSync(store, join(folder(), 'project/node_modules/kafkajs'));
    expect(versionAt('project')).toBe('in project/node_modules/.pnpm/kafkajs@2');
  });
});
