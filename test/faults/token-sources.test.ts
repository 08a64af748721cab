import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { config as configureDotenv } from 'dotenv';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  QuixStreamingClient,
  type QuixClientOptions,
  type QuixWarningCode,
} from 'quix-streams-auth';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { errorOf, errorThrown } from '../support/errors.ts';
import { randomSecret } from '../support/leaks.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

let portal: PortalEmulator;
let folder: string;
const DEFAULT = 'Quix__Sdk__Token';

beforeEach(async () => {
  portal = await startPortal();
  folder = await mkdtemp(join(tmpdir(), 'quix-fault-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

interface Outcome {
  readonly source: string | undefined;
  readonly warnings: QuixWarningCode[];
  readonly exchanged: boolean;
}

/** Creates a client of the emulator and runs one exchange. */
async function exchange(options: QuixClientOptions): Promise<Outcome> {
  const client = makeClient(portal, { portalApi: portal.url, env: {}, ...options });
  const warnings: QuixWarningCode[] = [];
  client.on('warning', ({ code }) => warnings.push(code));
  const exchanged = await client.getBrokerCredentials().then(
    () => true,
    () => false,
  );
  return { source: client.describe().token?.source, warnings, exchanged };
}

const jwt = (claims: object): string =>
  [{ alg: 'none' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .concat('signature')
    .join('.');

describe('a client', () => {
  it(
    'names every place that was checked when no source has a token',
    { meta: { faults: [1] } },
    () => {
      const error = errorThrown(
        () => new QuixStreamingClient({ tokenEnvVar: 'MY_TOKEN', env: {}, portalApi: portal.url }),
      );
      expect(error.code).toBe('QUIX_TOKEN_MISSING');
      expect(error.message).toMatch(/MY_TOKEN.*Quix__Sdk__Token/s);
    },
  );

  it.each(['', '  ', '\n\t'])(
    'skips a blank argument (%j) with a warning',
    { meta: { faults: [2] } },
    async (token) => {
      const outcome = await exchange({ token, env: { [DEFAULT]: portal.token1 } });
      expect(outcome).toEqual({ source: DEFAULT, warnings: ['TOKEN_BLANK'], exchanged: true });
    },
  );

  it.each([undefined, null as never])(
    'skips the argument %s without a warning',
    { meta: { faults: [3] } },
    async (token) => {
      const outcome = await exchange({ token, env: { [DEFAULT]: portal.token1 } });
      expect(outcome).toEqual({ source: DEFAULT, warnings: [], exchanged: true });
    },
  );

  it('says that a variable is set but empty', { meta: { faults: [4] } }, () => {
    const error = errorThrown(() => new QuixStreamingClient({ env: { [DEFAULT]: ' ' } }));
    expect(error.code).toBe('QUIX_TOKEN_MISSING');
    expect(error.message).toMatch(/Quix__Sdk__Token.*(?:empty|blank)/);
  });

  it.each(['\n', '\r\n', '  ', '\t'])(
    'trims %j around a token from each source',
    { meta: { faults: [5] } },
    async (space) => {
      const path = join(folder, 'token');
      const padded = space + portal.token1 + space;
      await writeFile(path, padded);
      for (const options of [
        { token: padded },
        { env: { [DEFAULT]: padded } },
        { tokenFile: path },
      ]) {
        expect(await exchange(options)).toMatchObject({ warnings: [], exchanged: true });
      }
    },
  );

  it.each(['\n', ' ', '\0', '\x07', '\x7f'])(
    'rejects a token that contains %j and names the position and code point',
    { meta: { faults: [6] } },
    (character) => {
      const secret = randomSecret();
      const error = errorThrown(() => new QuixStreamingClient(`${secret}${character}rest`));
      expect(error.code).toBe('QUIX_TOKEN_INVALID');
      const point = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
      expect(error.message).toContain(`U+${point}`);
      expect(error.message).toContain(`position ${secret.length + 1}`);
      expect(error.message).not.toContain(secret);
    },
  );

  it.each(['"', "'"])(
    'removes a pair of %s around a token with a warning and rejects half a pair',
    { meta: { faults: [7] } },
    async (quote) => {
      const outcome = await exchange({ token: quote + portal.token1 + quote });
      expect(outcome).toMatchObject({ warnings: ['TOKEN_CLEANED'], exchanged: true });
      const half = errorThrown(() => new QuixStreamingClient(quote + randomSecret()));
      expect(half.code).toBe('QUIX_TOKEN_INVALID');
    },
  );

  it(
    'removes a byte order mark and rejects other characters outside ASCII',
    { meta: { faults: [8] } },
    async () => {
      expect((await exchange({ token: `\uFEFF${portal.token1}` })).exchanged).toBe(true);
      for (const character of ['\u200B', '\u2013', 'é', '😀']) {
        const error = errorThrown(
          () => new QuixStreamingClient(`sdk${character}${randomSecret()}`),
        );
        expect(error.code).toBe('QUIX_TOKEN_INVALID');
        expect(error.message).toMatch(/U\+[0-9A-F]{4,}/);
      }
    },
  );

  it.each(['Bearer ', 'bearer ', 'BEARER  '])(
    'removes the prefix %j with a warning',
    { meta: { faults: [9] } },
    async (scheme) => {
      const outcome = await exchange({ token: scheme + portal.token1 });
      expect(outcome).toMatchObject({ warnings: ['TOKEN_CLEANED'], exchanged: true });
    },
  );

  it('rejects a token of more than 8 KiB', { meta: { faults: [10] } }, () => {
    const error = errorThrown(() => new QuixStreamingClient('x'.repeat(8 * 1024 + 1)));
    expect(error.code).toBe('QUIX_TOKEN_INVALID');
  });

  it.each(['', 'A=B', 'A\0B', 42 as never])(
    'rejects the variable name %j',
    { meta: { faults: [11] } },
    (tokenEnvVar) => {
      expect(errorThrown(() => new QuixStreamingClient({ tokenEnvVar, env: {} })).code).toBe(
        'QUIX_CONFIG',
      );
    },
  );

  it(
    'uses the default variable with a warning when the chosen one is unset',
    { meta: { faults: [12] } },
    async () => {
      const outcome = await exchange({ tokenEnvVar: 'MINE', env: { [DEFAULT]: portal.token1 } });
      expect(outcome).toEqual({
        source: DEFAULT,
        warnings: ['TOKEN_VARIABLE_UNSET'],
        exchanged: true,
      });
    },
  );

  it(
    'names a variable that differs from the expected one only in case',
    { meta: { faults: [13] } },
    () => {
      const error = errorThrown(
        () => new QuixStreamingClient({ env: { QUIX__SDK__TOKEN: randomSecret() } }),
      );
      expect(error.code).toBe('QUIX_TOKEN_MISSING');
      expect(error.message).toContain('QUIX__SDK__TOKEN');
    },
  );

  it(
    'uses a changed variable for the next exchange and emits rotated',
    { meta: { faults: [14] } },
    async () => {
      const env: Record<string, string> = { ...portal.env };
      const client = makeClient(portal, { env });
      await client.getBrokerCredentials();
      const before = client.describe().token;
      const rotations: unknown[] = [];
      client.on('rotated', (rotation) => rotations.push(rotation));
      env[DEFAULT] = portal.token2;
      await client.getBrokerCredentials({ forceRefresh: true });
      expect(rotations).toMatchObject([{ previous: before, current: { source: DEFAULT } }]);
    },
  );

  it(
    'reads a variable that dotenv sets after the import of the package',
    { meta: { faults: [15] } },
    async () => {
      vi.stubEnv(DEFAULT, undefined); // restores the variable after the test
      const path = join(folder, '.env');
      await writeFile(path, `${DEFAULT}=${portal.token1}\n`);
      configureDotenv({ path, quiet: true });
      expect(await exchange({ env: process.env })).toMatchObject({
        source: DEFAULT,
        exchanged: true,
      });
    },
  );

  it.each([
    [
      'throws',
      () => {
        throw new Error(`no ${randomSecret()}`);
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
    [
      'rejects with nothing',
      async () => {
        await Promise.resolve();
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- a JavaScript user may do this
        throw undefined;
      },
    ],
    ['returns a number', () => 42 as never],
    ['never settles', () => new Promise<string>(() => undefined)],
  ])(
    'reports a function that %s as a temporary failure and keeps serving cached credentials',
    { meta: { faults: [16] } },
    async (_, bad) => {
      const error = await errorOf(
        makeClient(portal, { token: bad, timeoutMs: 200 }).getBrokerCredentials(),
      );
      expect(error).toMatchObject({ code: 'QUIX_TOKEN_SOURCE_FAILED', retryable: true });

      let isBad = false;
      const token = (): string | Promise<string> => (isBad ? bad() : portal.token1);
      const client = makeClient(portal, { token, timeoutMs: 200, portalApi: portal.url });
      const good = await client.getBrokerCredentials();
      isBad = true;
      expect(await client.getBrokerCredentials({ forceRefresh: true })).toBe(good);
    },
  );

  it(
    'reports an unusable file, or keeps the token that was read from it before',
    { meta: { faults: [17] } },
    async () => {
      const path = join(folder, 'token');
      const client = makeClient(portal, { tokenFile: path, portalApi: portal.url, env: {} });
      expect((await errorOf(client.getBrokerCredentials())).code).toBe('QUIX_TOKEN_SOURCE_FAILED');
      for (const make of [() => mkdir(path), () => writeFile(path, '')]) {
        await make();
        expect((await errorOf(client.getBrokerCredentials())).code).toBe(
          'QUIX_TOKEN_SOURCE_FAILED',
        );
        await rm(path, { recursive: true });
      }
      await writeFile(path, portal.token1);
      await client.getBrokerCredentials();
      const warnings: string[] = [];
      client.on('warning', ({ code }) => warnings.push(code));
      for (const content of ['', `${portal.token1.slice(0, 9)}\0`]) {
        await writeFile(path, content);
        await client.getBrokerCredentials({ forceRefresh: true });
      }
      expect(warnings).toEqual(['TOKEN_FILE_UNREADABLE']);
    },
  );

  it(
    'reads a mounted Kubernetes secret again after its ..data link is swapped',
    { meta: { faults: [18] } },
    async () => {
      const publish = async (version: string, token: string): Promise<void> => {
        await mkdir(join(folder, version));
        await writeFile(join(folder, version, 'token'), token);
        await symlink(version, join(folder, '..new'));
        await rename(join(folder, '..new'), join(folder, '..data'));
      };
      await publish('..1', portal.token1);
      await symlink('..data/token', join(folder, 'token'));
      const client = makeClient(portal, {
        tokenFile: join(folder, 'token'),
        portalApi: portal.url,
        env: {},
      });
      await client.getBrokerCredentials();
      await publish('..2', portal.token2);
      portal.rotateTokens();
      expect((await client.getBrokerCredentials({ forceRefresh: true })).generation).toBe(2);
    },
  );

  it(
    'warns about an expired JWT, tries it, and names the time at which it expired',
    { meta: { faults: [19] } },
    async () => {
      const exp = Math.floor(Date.now() / 1000) - 3_600;
      const token = portal.addToken({ token: jwt({ exp }) });
      expect(await exchange({ token })).toMatchObject({
        warnings: ['TOKEN_EXPIRED'],
        exchanged: true,
      });
      portal.revokeToken(token);
      const error = await errorOf(makeClient(portal, { token }).getBrokerCredentials());
      expect(error.message).toContain(new Date(exp * 1000).toISOString());
    },
  );

  it(
    'warns about a JWT that is not valid yet and tries it',
    { meta: { faults: [20] } },
    async () => {
      const nbf = Math.floor(Date.now() / 1000) + 3_600;
      const token = portal.addToken({ token: jwt({ nbf }) });
      expect(await exchange({ token })).toMatchObject({
        warnings: ['TOKEN_NOT_YET_VALID'],
        exchanged: true,
      });
    },
  );

  it.each([
    'eyJ.eyJ.x',
    'a.b.c',
    'eyJhbGciOiJub25lIn0.bm90IGpzb24.x',
    jwt({ exp: 'soon', nbf: {} }),
    jwt([]),
  ])('accepts a token that only resembles a JWT (%#)', { meta: { faults: [21] } }, async (text) => {
    expect(await exchange({ token: portal.addToken({ token: text }) })).toMatchObject({
      exchanged: true,
    });
  });

  it(
    'lists the workspaces that a token sees when none of several is chosen',
    { meta: { faults: [22] } },
    async () => {
      portal.addWorkspace({ workspaceId: 'org-project-two' });
      const token = portal.addToken();
      const error = await errorOf(makeClient(portal, { token }).getBrokerCredentials());
      expect(error.code).toBe('QUIX_WORKSPACE_AMBIGUOUS');
      expect(error.message).toContain('org-project-dev, org-project-two');
      const chosen = makeClient(portal, { token, workspaceId: 'org-project-two' });
      expect((await chosen.getBrokerCredentials()).workspaceId).toBe('org-project-two');
    },
  );
});
