import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readTokenFile } from '../../src/token/token-file.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quix-token-file-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const read = (path: string): Promise<string> => readTokenFile(path, new AbortController().signal);

describe('a token file', () => {
  it('is read as UTF-8, as it is', async () => {
    const path = join(folder, 'token');
    await writeFile(path, 'tökén\n');
    expect(await read(path)).toBe('tökén\n');
  });

  it('is read up to 64 KiB, however long it is', async () => {
    const path = join(folder, 'token');
    await writeFile(path, 'x'.repeat(200_000));
    expect(await read(path)).toHaveLength(64 * 1024);
  });

  it('that is a pipe without a writer fails at once and blocks no thread of the process', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    // One more than Node has threads for files.
    const reads = Array.from({ length: 5 }, () => read(path));
    for (const result of await Promise.allSettled(reads))
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'EINVAL' } });
    expect(await readFile(import.meta.filename, 'utf8')).toContain('blocks no thread');
  });

  it.each([
    ['missing', '', 'ENOENT'],
    ['a directory', '.', 'EISDIR'],
  ])('that is %s fails with the code of the system', async (_, name, code) => {
    await expect(read(join(folder, name === '' ? 'missing' : name))).rejects.toMatchObject({
      code,
    });
  });

  it('is closed again, whether it could be read or not', async () => {
    const path = join(folder, 'token');
    await writeFile(path, 'x');
    const open = vi.spyOn(process.getBuiltinModule('node:fs/promises'), 'open');
    await read(path);
    await read(folder).catch(() => undefined);
    const opened = await Promise.all(
      open.mock.results.map(({ value }) => value as Promise<FileHandle>),
    );
    expect(opened.map(({ fd }) => fd)).toEqual([-1, -1]);
  });

  it('is not opened for an exchange that is over', async () => {
    const reason = new Error('over');
    await expect(readTokenFile(join(folder, 'x'), AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
