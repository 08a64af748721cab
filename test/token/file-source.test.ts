import { execFile, execFileSync } from 'node:child_process';
import {
  chmod,
  mkdir,
  mkdtemp,
  open,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fileSource, readTokenFile } from '../../src/token/file-source.ts';
import type { TokenSource } from '../../src/token/token-source.ts';
import { randomSecret } from '../support/leaks.ts';
import {
  abortingSoon,
  closed,
  neverAborted,
  sourceReader,
  timeout,
} from '../support/token-sources.ts';
import { logWarnings, type WarningLog } from '../support/warnings.ts';

let secret: string;
let log: WarningLog;
beforeEach(() => {
  secret = randomSecret();
  log = logWarnings();
});

const { read, failure } = sourceReader(() => ({ secret, log }));

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quix-token-'));
  path = join(folder, 'token');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('readTokenFile', () => {
  const readFileText = (path: string): Promise<string> => readTokenFile(path, neverAborted());

  it('returns the content as UTF-8, unchanged', async () => {
    await writeFile(path, 'tökén\n');
    expect(await readFileText(path)).toBe('tökén\n');
  });

  it('reads at most 64 KiB', async () => {
    await writeFile(path, 'x'.repeat(200_000));
    expect(await readFileText(path)).toHaveLength(64 * 1024);
  });

  it('rejects at once for a pipe without a writer, and blocks no thread of the process', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    // Node has four threads for files.
    const reads = Array.from({ length: 5 }, () => readFileText(path));
    for (const result of await Promise.allSettled(reads))
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'EINVAL' } });
    expect(await readFile(import.meta.filename, 'utf8')).toContain('blocks no thread');
  });

  it.each([
    ['missing', '', 'ENOENT'],
    ['a directory', '.', 'EISDIR'],
  ])('rejects with the code of the system for a path that is %s', async (_, name, code) => {
    await expect(readFileText(join(folder, name === '' ? 'missing' : name))).rejects.toMatchObject({
      code,
    });
  });

  it('closes the file, whether it could be read or not', async () => {
    await writeFile(path, 'x');
    const open = vi.spyOn(process.getBuiltinModule('node:fs/promises'), 'open');
    await readFileText(path);
    await readFileText(folder).catch(() => undefined);
    const opened = await Promise.all(
      open.mock.results.map(({ value }) => value as Promise<FileHandle>),
    );
    expect(opened.map(({ fd }) => fd)).toEqual([-1, -1]);
  });

  it('does not open the file when the signal was aborted before', async () => {
    const reason = new Error('over');
    await expect(readTokenFile(join(folder, 'x'), AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('fileSource', () => {
  let source: TokenSource;
  beforeEach(() => {
    source = fileSource(path);
  });

  it('reads and cleans the file each time', async () => {
    await writeFile(path, `${secret}\n`);
    expect(source.peek()).toEqual({});
    expect(await read(source)).toBe(secret);
    const next = randomSecret();
    await writeFile(path, `\r\n${next}\r\n`);
    expect(await read(source)).toBe(next);
    expect(log.all).toEqual([]);
  });

  it('removes a byte order mark with a warning, and much white space', async () => {
    await writeFile(path, `\uFEFF${secret}${'\n'.repeat(60_000)}`);
    expect(await read(source)).toBe(secret);
    expect(log.codes).toEqual(['TOKEN_CLEANED']);
    expect(log.all[0]?.message).toContain(path);
  });

  it.each<[string, string, () => unknown]>([
    ['is missing', 'ENOENT', () => undefined],
    ['is a folder', 'EISDIR', () => mkdir(path)],
    ['is empty', '.*empty', () => writeFile(path, '')],
    ['is blank', '.*empty', () => writeFile(path, ' \n\t')],
  ])(
    'fails with a retryable error when the file %s before the first token',
    async (_, problem, make) => {
      await make();
      const error = await failure(source);
      expect(error).toMatchObject({ code: 'QUIX_TOKEN_SOURCE_FAILED', retryable: true });
      expect(error.summary).toMatch(new RegExp(`${path} .*\\b${problem}\\b`));
      expect(error.hint).toContain('path');
    },
  );

  it.skipIf(process.platform === 'win32')(
    'fails with a retryable error when the file must not be read',
    { tags: ['not-in-mutation-run'] }, // a worker thread cannot change the user
    async () => {
      await writeFile(path, secret);
      await chmod(path, 0);
      const isRoot = process.geteuid?.() === 0;
      // root may read any file.
      if (isRoot) process.seteuid?.(65_534);
      const error = await failure(source).finally(() => {
        if (isRoot) process.seteuid?.(0);
      });
      expect(error).toMatchObject({ code: 'QUIX_TOKEN_SOURCE_FAILED', cause: { code: 'EACCES' } });
    },
  );

  it('names the path, the position and the code point of a text that is not a token', async () => {
    await writeFile(path, `${secret}\0\0\0`);
    const error = await failure(source);
    expect(error.code).toBe('QUIX_TOKEN_INVALID');
    expect(error.summary).toMatch(new RegExp(`file ${path} .*U\\+0000 at position 37\\b`));
  });

  it.each([
    ['too long a token', (): Buffer => Buffer.alloc(10_000, 'x')],
    ['more than 64 KiB', (): Buffer => Buffer.alloc(1_000_000, 'x')],
    ['bytes that are not UTF-8', (): Buffer => Buffer.from([0x73, 0x64, 0x6b, 0xff, 0xfe])],
    ['UTF-16', (): Buffer => Buffer.from('sdk-token', 'utf16le')],
  ])('fails when the file contains %s', async (_, content) => {
    await writeFile(path, content());
    expect((await failure(source)).code).toBe('QUIX_TOKEN_INVALID');
  });

  it.skipIf(process.platform === 'win32')('does not read an endless device', async () => {
    expect((await failure(fileSource('/dev/zero'))).code).toMatch(/^QUIX_TOKEN_/);
  });

  it('returns the last token, with one warning, when the file cannot be read any more', async () => {
    await writeFile(path, secret);
    await read(source);
    await rm(path);
    expect(await read(source)).toBe(secret);
    expect(await read(source)).toBe(secret);
    expect(log.codes).toEqual(['TOKEN_FILE_UNREADABLE']);
    expect(log.all[0]).toMatchObject({ about: path });
    expect(log.all[0]?.message).toMatch(new RegExp(`${path} .*ENOENT`));
  });

  it.each([
    ['empty', ''],
    ['half-written', `${randomSecret().slice(0, 9)}\0\0`],
  ])(
    'returns the last token while the file is %s, and the next token afterwards',
    async (_, content) => {
      await writeFile(path, secret);
      await read(source);
      await writeFile(path, content);
      expect(await read(source)).toBe(secret);
      const next = randomSecret();
      await writeFile(path, next);
      expect(await read(source)).toBe(next);
      expect(log.codes).toEqual(['TOKEN_FILE_UNREADABLE']);
    },
  );

  it('warns again after the file was readable meanwhile', async () => {
    await writeFile(path, secret);
    await read(source);
    for (let round = 0; round < 2; round++) {
      await rm(path);
      await read(source);
      await writeFile(path, secret);
      await read(source);
    }
    expect(log.codes).toEqual(['TOKEN_FILE_UNREADABLE', 'TOKEN_FILE_UNREADABLE']);
  });

  it.skipIf(process.platform === 'win32')(
    'reads a mounted Kubernetes secret after the link ..data was replaced',
    async () => {
      const publish = async (version: string, token: string): Promise<void> => {
        await mkdir(join(folder, version));
        await writeFile(join(folder, version, 'token'), token);
        await symlink(version, join(folder, '..data_tmp'));
        await rename(join(folder, '..data_tmp'), join(folder, '..data'));
      };
      await publish('..1', secret);
      await symlink('..data/token', path);
      expect(await read(source)).toBe(secret);
      const next = randomSecret();
      await publish('..2', next);
      await rm(join(folder, '..1'), { recursive: true });
      expect(await read(source)).toBe(next);
      expect(log.all).toEqual([]);
    },
  );

  it('fails at the deadline when a network share does not answer', async () => {
    await writeFile(path, secret);
    const controller = new AbortController();
    const reading = source.read(controller.signal, log.warn);
    controller.abort(timeout);
    await expect(reading).rejects.toMatchObject({
      code: 'QUIX_TOKEN_SOURCE_FAILED',
      retryable: true,
      summary: expect.stringContaining('timeoutMs') as string,
    });
  });

  it('rejects with the reason when the client was closed before', async () => {
    await writeFile(path, secret);
    expect(await failure(source, AbortSignal.abort(closed))).toBe(closed);
  });

  it.skipIf(process.platform === 'win32')(
    'fails with a retryable error for a pipe without a writer',
    async () => {
      await promisify(execFile)('mkfifo', [path]);
      const error = await failure(source, abortingSoon(timeout));
      expect(error).toMatchObject({ code: 'QUIX_TOKEN_SOURCE_FAILED', retryable: true });
      // A thread that waits for a writer would keep the process from ending.
      await (await open(path, 'r+')).close();
    },
  );
});
