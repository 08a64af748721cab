import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomSecret } from '../support/leaks.ts';
import { findPackageManager } from './package-manager.ts';
import type { ProjectResult } from './project.ts';
import { runProject } from './run-project.ts';

const root = mkdtempSync(join(tmpdir(), 'quix-projects-'));
const tarball = join(root, 'empty.tgz');

beforeAll(() => {
  writeFileSync(tarball, '');
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

/** Runs a project without dependencies. `program` is its test. */
function run(
  name: string,
  program: string,
  { secrets = [randomSecret()], signal = AbortSignal.timeout(60_000) } = {},
): Promise<ProjectResult> {
  const folder = join(root, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "scripts": { "test": "node test.js" } }');
  writeFileSync(join(folder, 'test.js'), program);
  const project = {
    ...{ name, folder, toolchain: name, description: name },
    ...{ packages: [], packageManager: 'npm', needsKafka: false, exchanges: 0 },
  };
  const packageManager = findPackageManager('npm');
  return runProject(project, { tarball, packageManager, env: {}, secrets, signal });
}

describe('runProject', () => {
  it('rejects with the output of a test that fails', async () => {
    const result = run('fails', 'console.log("some output"); process.exitCode = 3;');
    await expect(result).rejects.toThrow(/^fails: "npm run test" failed \(3\)\.[^]*some output/);
  });

  it('rejects when the output contains a secret that is coloured or encoded', async () => {
    const secret = randomSecret();
    const [start, end] = [secret.slice(0, 10), secret.slice(10)];
    const colours = run('colours', `console.log("${start}\\u001B[31m${end}")`, {
      secrets: [secret],
    });
    await expect(colours).rejects.toThrow('A secret leaks');
    const base64 = run('base64', `console.log(btoa("${start}" + "${end}"))`, {
      secrets: [secret],
    });
    await expect(base64).rejects.toThrow('A secret leaks');
  });

  it('ends all processes of a project at the limit, and rejects with their output', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const connected = once(server, 'connection') as Promise<[Socket]>;
    const limit = new AbortController();

    const result = run(
      'hangs',
      `console.log("some output"); require("net").connect(${port}, "127.0.0.1")`,
      { signal: limit.signal },
    );
    const rejected = expect(result).rejects.toThrow(/failed \(timeout\)[^]*some output/);
    const [socket] = await connected;
    const closed = once(socket.on('error', () => undefined).resume(), 'close');
    limit.abort();
    await rejected;
    await closed;
    server.close();
  });
});
