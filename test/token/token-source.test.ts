import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, open, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QuixError } from 'quix-streams-auth';
import { givenSource } from '../../src/token/index.ts';
import { fileSource, type TokenSource, variableSource } from '../../src/token/token-source.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { failureOf } from '../support/portal-access.ts';
import { logWarnings, type WarningLog } from '../support/warnings.ts';

const closed = new QuixError('QUIX_CLIENT_CLOSED', 'Closed.');
const late = new QuixError('QUIX_PORTAL_UNAVAILABLE', 'Time is up.', { retryable: true });

let secret: string;
let log: WarningLog;
beforeEach(() => {
  secret = randomSecret();
  log = logWarnings();
});

const neverAborted = (): AbortSignal => new AbortController().signal;

/** The text that a source gives; each warning is made sure to hold nothing of it. */
async function read(source: TokenSource, signal = neverAborted()): Promise<string | undefined> {
  const token = await source.read(signal, log.warn);
  expectNoLeak(log.all, [secret]);
  if (token) expect(token.source).toBe(source.name);
  return token?.reveal();
}

async function failure(source: TokenSource, signal = neverAborted()): Promise<QuixError> {
  const error = await failureOf(() => source.read(signal, log.warn));
  expectNoLeak([error, log.all], [secret]);
  return error;
}

/** A signal that aborts soon. */
function abortedSoon(reason: unknown): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => {
    controller.abort(reason);
  }, 30);
  return controller.signal;
}

describe('a text', () => {
  const source = (text: string): TokenSource => givenSource(text, 'argument');

  it('is cleaned, in silence where only white space is removed', async () => {
    expect(await read(source(` ${secret}\r\n`))).toBe(secret);
    expect(log.all).toEqual([]);
    expect(source(secret).peek().token?.reveal()).toBe(secret);
  });

  it('is cleaned with a warning that names the source where more is removed', async () => {
    expect(await read(source(`"Bearer ${secret}"`))).toBe(secret);
    expect(log.codes).toEqual(['TOKEN_CLEANED']);
    expect(log.all[0]?.message).toContain(
      'From the token of argument, surrounding quotes and the scheme "Bearer" had to be removed.',
    );
  });

  it('counts as absent when it is blank, with a warning that names the source', async () => {
    expect(await read(source(' \n'))).toBeUndefined();
    expect(log.codes).toEqual(['TOKEN_BLANK']);
    expect(log.all[0]).toMatchObject({ about: 'argument' });
    expect(source('').peek()).toEqual({ absent: 'set but empty' });
  });

  it('is refused when it cannot be sent', async () => {
    expect((await failure(source(`${secret} x`))).code).toBe('QUIX_TOKEN_INVALID');
    expect(() => source(`${secret} x`).peek()).toThrow(/U\+0020/);
  });

  it('is not seen by looking at its source', () => {
    expectNoLeak(source(secret), [secret]);
  });
});

describe('a variable', () => {
  let env: Record<string, string | undefined>;
  let source: TokenSource;
  beforeEach(() => {
    env = {};
    source = variableSource('MY_TOKEN', () => env);
  });

  it('is read again each time', async () => {
    env['MY_TOKEN'] = secret;
    expect(await read(source)).toBe(secret);
    const next = randomSecret();
    env['MY_TOKEN'] = `${next}\n`;
    expect(await read(source)).toBe(next);
    env = {};
    expect(await read(source)).toBeUndefined();
    expect(log.all).toEqual([]);
  });

  it('is told apart as not set, and as set but empty, which warns', async () => {
    expect(source.peek()).toEqual({ absent: 'not set' });
    expect(await read(source)).toBeUndefined();
    expect(log.all).toEqual([]);
    env['MY_TOKEN'] = ' ';
    expect(source.peek()).toEqual({ absent: 'set but empty' });
    expect(await read(source)).toBeUndefined();
    expect(log.codes).toEqual(['TOKEN_BLANK']);
    expect(log.all[0]?.message).toContain('MY_TOKEN');
  });

  it('is cleaned with a warning, and refused when it cannot be sent, by its name', async () => {
    env['MY_TOKEN'] = `'${secret}'`;
    expect(await read(source)).toBe(secret);
    expect(log.codes).toEqual(['TOKEN_CLEANED']);
    env['MY_TOKEN'] = `${secret}\u200b`;
    expect((await failure(source)).message).toContain(
      'The token from MY_TOKEN has the character U+200B',
    );
  });

  it.each(['toString', 'constructor', '__proto__'])(
    'is not taken from the prototype of the environment: %s',
    async (name) => {
      const inherited = variableSource(name, () => ({}));
      expect(inherited.peek()).toEqual({ absent: 'not set' });
      expect(await read(inherited)).toBeUndefined();
    },
  );
});

describe('a provider', () => {
  const source = (provider: () => unknown): TokenSource =>
    givenSource(provider as () => string, 'provider');

  it('is not called before its token is needed', () => {
    let calls = 0;
    expect(source(() => calls++).peek()).toEqual({});
    expect(calls).toBe(0);
  });

  it('may give the token at once or later, and is asked each time', async () => {
    let calls = 0;
    const provider = source(() => (++calls % 2 ? `${secret}\n` : Promise.resolve(secret)));
    expect(await read(provider)).toBe(secret);
    expect(await read(provider)).toBe(secret);
    expect(calls).toBe(2);
  });

  it('is given the signal that ends the exchange', async () => {
    const signal = neverAborted();
    let given: unknown;
    await read(
      givenSource((context) => {
        given = context;
        return secret;
      }, 'provider'),
      signal,
    );
    expect(given).toEqual({ signal });
  });

  it.each<[string, () => unknown]>([
    ['throws', () => raise(new Error(secret))],
    ['rejects', () => Promise.reject(new Error(secret))],
    ['throws a text', () => raise(secret)],
    ['throws undefined', () => raise(undefined)],
    ['rejects with null', () => reject(null)],
    [
      'throws what holds it everywhere',
      () =>
        raise(Object.assign(new Error(secret, { cause: secret }), { name: secret, code: secret })),
    ],
  ])('that %s is a failure that may pass, without its message', async (_, provider) => {
    const error = await failure(source(provider));
    expect(error).toMatchObject({ code: 'QUIX_TOKEN_SOURCE_FAILED', retryable: true });
    expect(error.message).toContain('The token provider failed (it threw).');
  });

  it('that fails is told by the code of its error', async () => {
    const refused = Object.assign(new Error(secret), { code: 'ECONNREFUSED' });
    const error = await failure(source(() => raise(refused)));
    expect(error.message).toContain('failed (ECONNREFUSED)');
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED', name: 'Error' });
  });

  it.each<[string, () => unknown, string]>([
    ['nothing', () => undefined, 'gave undefined, not a string'],
    ['null', () => Promise.resolve(null), 'gave null, not a string'],
    ['a number', () => 12345678, 'gave number, not a string'],
    ['an object', () => ({ token: secret }), 'gave object, not a string'],
    ['a blank text', () => ' \n', 'gave a blank text'],
  ])('that gives %s is broken, not absent', async (_, provider, problem) => {
    const error = await failure(source(provider));
    expect(error).toMatchObject({ code: 'QUIX_TOKEN_SOURCE_FAILED', retryable: true });
    expect(error.message).toContain(problem);
  });

  it('that gives what cannot be sent is refused by its name', async () => {
    const error = await failure(source(() => `${secret}\u0007`));
    expect(error.code).toBe('QUIX_TOKEN_INVALID');
    expect(error.message).toContain('The token from provider has the character U+0007');
  });

  it('that never settles is left when the deadline is over', async () => {
    const error = await failure(
      source(() => new Promise(() => undefined)),
      abortedSoon(late),
    );
    expect(error).toMatchObject({ code: 'QUIX_TOKEN_SOURCE_FAILED', retryable: true });
    expect(error.message).toContain('did not settle within the deadline (timeoutMs)');
  });

  it('that is left fails unseen later', async () => {
    let fail: (error: Error) => void = () => undefined;
    const pending = new Promise((_, rejected) => (fail = rejected));
    await failure(
      source(() => pending),
      abortedSoon(late),
    );
    fail(new Error(secret)); // an unhandled rejection would fail this run
    await new Promise(setImmediate);
  });

  it('that is under way when the client is closed is no failure of its own', async () => {
    const error = await failure(
      source(() => new Promise(() => undefined)),
      abortedSoon(closed),
    );
    expect(error).toBe(closed);
  });

  it('is not seen by looking at its source, even if it holds the token', () => {
    const provider = (): string => 'x';
    expectNoLeak(source(provider), [secret]);
  });

  function raise(thrown: unknown): never {
    throw thrown;
  }
  function reject(reason: unknown): Promise<never> {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what JavaScript users may do
    return Promise.reject(reason);
  }
});

describe('a file', () => {
  let folder: string;
  let path: string;
  let source: TokenSource;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quix-token-'));
    path = join(folder, 'token');
    source = fileSource(path);
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('is read and cleaned anew each time', async () => {
    await writeFile(path, `${secret}\n`);
    expect(source.peek()).toEqual({});
    expect(await read(source)).toBe(secret);
    const next = randomSecret();
    await writeFile(path, `\r\n${next}\r\n`);
    expect(await read(source)).toBe(next);
    expect(log.all).toEqual([]);
  });

  it('may begin with a byte order mark, and be followed by much white space', async () => {
    await writeFile(path, `\uFEFF${secret}${'\n'.repeat(60_000)}`);
    expect(await read(source)).toBe(secret);
    expect(log.codes).toEqual(['TOKEN_CLEANED']);
    expect(log.all[0]?.message).toContain(path);
  });

  it.each<[string, string, () => unknown]>([
    ['is missing', 'ENOENT', () => undefined],
    ['is a folder', 'EISDIR', () => mkdir(path)],
    ['is empty', 'the file is empty', () => writeFile(path, '')],
    ['is blank', 'the file is empty', () => writeFile(path, ' \n\t')],
  ])('that %s at first is a failure that may pass', async (_, problem, make) => {
    await make();
    const error = await failure(source);
    expect(error).toMatchObject({ code: 'QUIX_TOKEN_SOURCE_FAILED', retryable: true });
    expect(error.message).toContain(`The token file ${path} gave no token: ${problem}.`);
    expect(error.hint).toContain('Check the path');
  });

  it.skipIf(process.platform === 'win32')(
    'that may not be read is a failure that may pass',
    { tags: ['not-in-mutation-run'] }, // a worker thread cannot change the user
    async () => {
      await writeFile(path, secret);
      await chmod(path, 0);
      const isRoot = process.geteuid?.() === 0;
      // The superuser may read any file.
      if (isRoot) process.seteuid?.(65_534);
      const error = await failure(source).finally(() => {
        if (isRoot) process.seteuid?.(0);
      });
      expect(error).toMatchObject({ code: 'QUIX_TOKEN_SOURCE_FAILED', cause: { code: 'EACCES' } });
    },
  );

  it('that holds no token at first is refused by path, position and code point', async () => {
    await writeFile(path, `${secret}\0\0\0`);
    const error = await failure(source);
    expect(error.code).toBe('QUIX_TOKEN_INVALID');
    expect(error.message).toContain(`tokenFile ${path} has the character U+0000 at position 37`);
  });

  it.each([
    ['more than a token', (): Buffer => Buffer.alloc(10_000, 'x')],
    ['more than is read', (): Buffer => Buffer.alloc(1_000_000, 'x')],
    ['no UTF-8', (): Buffer => Buffer.from([0x73, 0x64, 0x6b, 0xff, 0xfe])],
    ['UTF-16', (): Buffer => Buffer.from('sdk-token', 'utf16le')],
  ])('that holds %s is refused', async (_, content) => {
    await writeFile(path, content());
    expect((await failure(source)).code).toBe('QUIX_TOKEN_INVALID');
  });

  it.skipIf(process.platform === 'win32')('without an end is not read to its end', async () => {
    expect((await failure(fileSource('/dev/zero'))).code).toMatch(/^QUIX_TOKEN_/);
  });

  it('that cannot be read any more leaves the token read last in use, with one warning', async () => {
    await writeFile(path, secret);
    await read(source);
    await rm(path);
    expect(await read(source)).toBe(secret);
    expect(await read(source)).toBe(secret);
    expect(log.codes).toEqual(['TOKEN_FILE_UNREADABLE']);
    expect(log.all[0]?.message).toContain(
      `${path} gave no token (ENOENT). The one read last is used`,
    );
  });

  it.each([
    ['empty', ''],
    ['half-written', `${randomSecret().slice(0, 9)}\0\0`],
  ])('that is %s for a moment leaves the token read last in use', async (_, content) => {
    await writeFile(path, secret);
    await read(source);
    await writeFile(path, content);
    expect(await read(source)).toBe(secret);
    const next = randomSecret();
    await writeFile(path, next);
    expect(await read(source)).toBe(next);
    expect(log.codes).toEqual(['TOKEN_FILE_UNREADABLE']);
  });

  it('is warned of again after it was readable in between', async () => {
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
    'in a mounted Kubernetes secret is followed through the swap of ..data',
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

  it('that a network share does not give in time is told so', async () => {
    await writeFile(path, secret);
    const controller = new AbortController();
    const reading = source.read(controller.signal, log.warn);
    controller.abort(new QuixError('QUIX_PORTAL_UNAVAILABLE', 'Time is up.', { retryable: true }));
    await expect(reading).rejects.toMatchObject({
      code: 'QUIX_TOKEN_SOURCE_FAILED',
      message: expect.stringContaining(
        'it could not be read within the deadline (timeoutMs)',
      ) as string,
    });
  });

  it('is not read when the client was closed before', async () => {
    await writeFile(path, secret);
    expect(await failure(source, AbortSignal.abort(closed))).toBe(closed);
  });

  it.skipIf(process.platform === 'win32')(
    'that is a pipe to which nobody writes does not hold up the exchange',
    async () => {
      await promisify(execFile)('mkfifo', [path]);
      const error = await failure(source, abortedSoon(late));
      expect(error).toMatchObject({ code: 'QUIX_TOKEN_SOURCE_FAILED', retryable: true });
      // Whoever waits for a writer is let go, so that the process can end.
      await (await open(path, 'r+')).close();
    },
  );
});
