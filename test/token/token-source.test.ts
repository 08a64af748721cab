import { beforeEach, describe, expect, it } from 'vitest';
import { QuixError } from 'quix-streams-auth';
import {
  isClosedSignal,
  parseToken,
  valueSource,
  variableSource,
  type TokenSource,
} from '../../src/token/token-source.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { neverAborted, sourceReader } from '../support/token-sources.ts';
import { logWarnings, type WarningLog } from '../support/warnings.ts';

let secret: string;
let log: WarningLog;
beforeEach(() => {
  secret = randomSecret();
  log = logWarnings();
});

const { read, failure } = sourceReader(() => ({ secret, log }));

describe('valueSource of a text', () => {
  const source = (text: string): TokenSource => valueSource(text, 'argument');

  it('removes white space without a warning', async () => {
    expect(await read(source(` ${secret}\r\n`))).toBe(secret);
    expect(log.all).toEqual([]);
    expect(source(secret).peek().token?.reveal()).toBe(secret);
  });

  it('removes quotes and a scheme with a warning that names the source', async () => {
    expect(await read(source(`"Bearer ${secret}"`))).toBe(secret);
    expect(log.codes).toEqual(['TOKEN_CLEANED']);
    expect(log.all[0]).toMatchObject({ about: 'argument' });
    expect(log.all[0]?.message).toMatch(/quotes and .*"Bearer" .*\bargument\b/);
  });

  it('returns undefined for blank text, with a warning that names the source', async () => {
    expect(await read(source(' \n'))).toBeUndefined();
    expect(log.codes).toEqual(['TOKEN_BLANK']);
    expect(log.all[0]).toMatchObject({ about: 'argument' });
    expect(log.all[0]?.message).toContain('argument');
    expect(source('').peek()).toEqual({ absent: 'set but empty' });
  });

  it('throws for a text that cannot be sent', async () => {
    expect((await failure(source(`${secret} x`))).code).toBe('QUIX_TOKEN_INVALID');
    expect(() => source(`${secret} x`).peek()).toThrow(/U\+0020/);
  });

  it('does not show the token when it is inspected', () => {
    expectNoLeak(source(secret), [secret]);
  });
});

describe('variableSource', () => {
  let env: Record<string, string | undefined>;
  let source: TokenSource;
  beforeEach(() => {
    env = {};
    source = variableSource('MY_TOKEN', () => env);
  });

  it('reads the variable each time', async () => {
    env['MY_TOKEN'] = secret;
    expect(await read(source)).toBe(secret);
    const next = randomSecret();
    env['MY_TOKEN'] = `${next}\n`;
    expect(await read(source)).toBe(next);
    env = {};
    expect(await read(source)).toBeUndefined();
    expect(log.all).toEqual([]);
  });

  it('distinguishes a variable that is not set from an empty one, which causes a warning', async () => {
    expect(source.peek()).toEqual({ absent: 'not set' });
    expect(await read(source)).toBeUndefined();
    expect(log.all).toEqual([]);
    env['MY_TOKEN'] = ' ';
    expect(source.peek()).toEqual({ absent: 'set but empty' });
    expect(await read(source)).toBeUndefined();
    expect(log.codes).toEqual(['TOKEN_BLANK']);
    expect(log.all[0]?.message).toContain('MY_TOKEN');
  });

  it('warns when it cleans a token, and throws for one that cannot be sent', async () => {
    env['MY_TOKEN'] = `'${secret}'`;
    expect(await read(source)).toBe(secret);
    expect(log.codes).toEqual(['TOKEN_CLEANED']);
    env['MY_TOKEN'] = `${secret}\u200b`;
    const error = await failure(source);
    expect(error.code).toBe('QUIX_TOKEN_INVALID');
    expect(error.summary).toMatch(/MY_TOKEN .*U\+200B/);
  });

  it.each(['toString', 'constructor', '__proto__'])(
    'does not read properties that the environment inherits: %s',
    async (name) => {
      const inherited = variableSource(name, () => ({}));
      expect(inherited.peek()).toEqual({ absent: 'not set' });
      expect(await read(inherited)).toBeUndefined();
    },
  );
});

describe('parseToken', () => {
  it('names the place of the text in warnings and errors, and the source in the token', () => {
    const token = parseToken(`"${secret}"`, 'tokenFile', log.warn, 'the file /run/token');
    expect(token?.source).toBe('tokenFile');
    expect(log.all).toMatchObject([{ code: 'TOKEN_CLEANED', about: 'tokenFile' }]);
    expect(() => parseToken('a b', 'tokenFile', log.warn, 'the file /run/token')).toThrow(
      /the file \/run\/token/,
    );
  });
});

describe('isClosedSignal', () => {
  const isClosed = (reason: unknown) => isClosedSignal(AbortSignal.abort(reason));

  it('returns true only if the signal was aborted because the client was closed', () => {
    expect(isClosed(new QuixError('QUIX_CLIENT_CLOSED', 'Closed.'))).toBe(true);
    expect(isClosed(new QuixError('QUIX_PORTAL_UNAVAILABLE', 'Time ran out.'))).toBe(false);
    expect(isClosed(Object.assign(new Error('x'), { code: 'QUIX_CLIENT_CLOSED' }))).toBe(false);
    expect(isClosedSignal(neverAborted())).toBe(false);
  });
});
