import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

/** Makes a client of the emulator and exchanges once. */
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

describe('a token', () => {
  it('fault 1: that is nowhere is missing, with every place by name', () => {
    const error = errorThrown(
      () => new QuixStreamingClient({ tokenEnvVar: 'MY_TOKEN', env: {}, portalApi: portal.url }),
    );
    expect(error.code).toBe('QUIX_TOKEN_MISSING');
    expect(error.message).toMatch(/MY_TOKEN.*Quix__Sdk__Token/s);
  });

  it.each(['', '  ', '\n\t'])(
    'fault 2: that is blank (%j) as argument is passed over, with a warning',
    async (token) => {
      const outcome = await exchange({ token, env: { [DEFAULT]: portal.token1 } });
      expect(outcome).toEqual({ source: DEFAULT, warnings: ['TOKEN_BLANK'], exchanged: true });
    },
  );

  it.each([undefined, null as never])(
    'fault 3: that is %s as argument is passed over in silence',
    async (token) => {
      const outcome = await exchange({ token, env: { [DEFAULT]: portal.token1 } });
      expect(outcome).toEqual({ source: DEFAULT, warnings: [], exchanged: true });
    },
  );

  it('fault 4: in a variable that is set but empty is missing, and the error says that it is empty', () => {
    const error = errorThrown(() => new QuixStreamingClient({ env: { [DEFAULT]: ' ' } }));
    expect(error.code).toBe('QUIX_TOKEN_MISSING');
    expect(error.message).toMatch(/Quix__Sdk__Token.*(?:empty|blank)/);
  });

  it.each(['\n', '\r\n', '  ', '\t'])(
    'fault 5: with %j around it is trimmed from each source',
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
    'fault 6: with %j inside is invalid by position and code point',
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
    'fault 7: in a pair of %s loses it with a warning, and half a pair is invalid',
    async (quote) => {
      const outcome = await exchange({ token: quote + portal.token1 + quote });
      expect(outcome).toMatchObject({ warnings: ['TOKEN_CLEANED'], exchanged: true });
      const half = errorThrown(() => new QuixStreamingClient(quote + randomSecret()));
      expect(half.code).toBe('QUIX_TOKEN_INVALID');
    },
  );

  it('fault 8: with a byte order mark loses it; other foreign characters are invalid', async () => {
    expect((await exchange({ token: `\uFEFF${portal.token1}` })).exchanged).toBe(true);
    for (const character of ['\u200B', '\u2013', 'é', '😀']) {
      const error = errorThrown(() => new QuixStreamingClient(`sdk${character}${randomSecret()}`));
      expect(error.code).toBe('QUIX_TOKEN_INVALID');
      expect(error.message).toMatch(/U\+[0-9A-F]{4,}/);
    }
  });

  it.each(['Bearer ', 'bearer ', 'BEARER  '])(
    'fault 9: after %j is sent without it, with a warning',
    async (scheme) => {
      const outcome = await exchange({ token: scheme + portal.token1 });
      expect(outcome).toMatchObject({ warnings: ['TOKEN_CLEANED'], exchanged: true });
    },
  );

  it('fault 10: of more than 8 KiB is invalid', () => {
    const error = errorThrown(() => new QuixStreamingClient('x'.repeat(8 * 1024 + 1)));
    expect(error.code).toBe('QUIX_TOKEN_INVALID');
  });

  it.each(['', 'A=B', 'A\0B', 42 as never])(
    'fault 11: from a variable of the name %j is a wrong option',
    (tokenEnvVar) => {
      expect(errorThrown(() => new QuixStreamingClient({ tokenEnvVar, env: {} })).code).toBe(
        'QUIX_CONFIG',
      );
    },
  );

  it('fault 12: of the default variable is used where the chosen one is unset, with a warning', async () => {
    const outcome = await exchange({ tokenEnvVar: 'MINE', env: { [DEFAULT]: portal.token1 } });
    expect(outcome).toEqual({
      source: DEFAULT,
      warnings: ['TOKEN_VARIABLE_UNSET'],
      exchanged: true,
    });
  });

  it('fault 13: in a variable of another case is missing, and the near miss is named', () => {
    const error = errorThrown(
      () => new QuixStreamingClient({ env: { QUIX__SDK__TOKEN: randomSecret() } }),
    );
    expect(error.code).toBe('QUIX_TOKEN_MISSING');
    expect(error.message).toContain('QUIX__SDK__TOKEN');
  });

  it('fault 14: that changes in the environment is used by the next exchange, with the event "rotated"', async () => {
    const env: Record<string, string> = { ...portal.env };
    const client = makeClient(portal, { env });
    await client.getBrokerCredentials();
    const before = client.describe().token;
    const rotations: unknown[] = [];
    client.on('rotated', (rotation) => rotations.push(rotation));
    env[DEFAULT] = portal.token2;
    await client.getBrokerCredentials({ forceRefresh: true });
    expect(rotations).toMatchObject([{ previous: before, current: { source: DEFAULT } }]);
  });

  it('fault 15: that dotenv sets after the import, and before the client, is found', async () => {
    const env: Record<string, string> = { Quix__Portal__Api: portal.url };
    env[DEFAULT] = portal.token1;
    expect((await exchange({ env })).exchanged).toBe(true);
  });

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
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- what JavaScript users may do
        throw undefined;
      },
    ],
    ['gives a number', () => 42 as never],
    ['never settles', () => new Promise<string>(() => undefined)],
  ])(
    'fault 16: from a function that %s is a failed source that may pass, and last-good stays',
    async (_, bad) => {
      const error = await errorOf(
        makeClient(portal, { token: bad, timeoutMs: 200 }).getBrokerCredentials(),
      );
      expect(error.code).toMatch(/QUIX_TOKEN_SOURCE_FAILED|QUIX_PORTAL_UNAVAILABLE/);
      expect(error.retryable).toBe(true);

      let isBad = false;
      const token = (): string | Promise<string> => (isBad ? bad() : portal.token1);
      const client = makeClient(portal, { token, timeoutMs: 200, portalApi: portal.url });
      const good = await client.getBrokerCredentials();
      isBad = true;
      expect(await client.getBrokerCredentials({ forceRefresh: true })).toBe(good);
    },
  );

  it('fault 17: in a file that fails is a failed source at first, and the one read last afterwards', async () => {
    const path = join(folder, 'token');
    const client = makeClient(portal, { tokenFile: path, portalApi: portal.url, env: {} });
    expect((await errorOf(client.getBrokerCredentials())).code).toBe('QUIX_TOKEN_SOURCE_FAILED');
    for (const make of [() => mkdir(path), () => writeFile(path, '')]) {
      await make();
      expect((await errorOf(client.getBrokerCredentials())).code).toBe('QUIX_TOKEN_SOURCE_FAILED');
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
  });

  it('fault 18: in a mounted secret is followed through the swap of ..data, by the 401 alone', async () => {
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
  });

  it('fault 19: that is an expired JWT is warned of, tried once, and told by its time', async () => {
    const exp = Math.floor(Date.now() / 1000) - 3_600;
    const token = portal.addToken({ token: jwt({ exp }) });
    expect(await exchange({ token })).toMatchObject({
      warnings: ['TOKEN_EXPIRED'],
      exchanged: true,
    });
    portal.revokeToken(token);
    const error = await errorOf(makeClient(portal, { token }).getBrokerCredentials());
    expect(error.message).toContain(new Date(exp * 1000).toISOString());
  });

  it('fault 20: that is a JWT of the future is warned of with the clock in mind, and tried', async () => {
    const nbf = Math.floor(Date.now() / 1000) + 3_600;
    const token = portal.addToken({ token: jwt({ nbf }) });
    expect(await exchange({ token })).toMatchObject({
      warnings: ['TOKEN_NOT_YET_VALID'],
      exchanged: true,
    });
  });

  it.each([
    'eyJ.eyJ.x',
    'a.b.c',
    'eyJhbGciOiJub25lIn0.bm90IGpzb24.x',
    jwt({ exp: 'soon', nbf: {} }),
    jwt([]),
  ])('fault 21: that only looks like a JWT is no error: %#', async (text) => {
    expect(await exchange({ token: portal.addToken({ token: text }) })).toMatchObject({
      exchanged: true,
    });
  });

  it('fault 22: that sees several workspaces is ambiguous, with their ids, unless one is given', async () => {
    portal.addWorkspace({ workspaceId: 'org-project-two' });
    const token = portal.addToken();
    const error = await errorOf(makeClient(portal, { token }).getBrokerCredentials());
    expect(error.code).toBe('QUIX_WORKSPACE_AMBIGUOUS');
    expect(error.message).toContain('org-project-dev, org-project-two');
    const chosen = makeClient(portal, { token, workspaceId: 'org-project-two' });
    expect((await chosen.getBrokerCredentials()).workspaceId).toBe('org-project-two');
  });
});
