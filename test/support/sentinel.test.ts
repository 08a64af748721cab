import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { channel, subscribe } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import { startPortalEmulator } from 'quix-streams-auth/testing';
import { log } from '../../src/logger.ts';
import { randomSecret } from './leaks.ts';
import { Sentinel, sentinel } from './sentinel.ts';

/** What the setup of every test file would complain about; it is forgotten with that. */
function leaksSince(action: () => unknown): string[] {
  action();
  return sentinel.search().hits;
}

function newSecret(): string {
  const secret = randomSecret();
  sentinel.hides(secret);
  return secret;
}

describe('the setup of every test file hears', () => {
  it.each([
    [
      'console.log',
      (secret: string) => {
        console.log('%s', secret);
      },
    ],
    [
      'console.error',
      (secret: string) => {
        console.error(new Error(secret));
      },
    ],
    ['stdout', (secret: string) => process.stdout.write(`${secret}\n`)],
    ['stderr', (secret: string) => process.stderr.write(Buffer.from(`${secret}\n`))],
    ['an error', (secret: string) => new QuixError('QUIX_CONFIG', secret)],
    [
      'a log line (debug)',
      (secret: string) => {
        log(undefined, 'debug', secret);
      },
    ],
    [
      'the channel quix-test',
      (secret: string) => {
        channel('quix-test').publish({ secret });
      },
    ],
  ])('%s', (where, leak) => {
    const secret = newSecret();
    subscribe('quix-test', () => undefined);
    expect(
      leaksSince(() => {
        leak(secret);
      }),
    ).toContain(where);
  });

  it('an error that hides it in its cause or behind a symbol', () => {
    const secret = newSecret();
    const cause = Object.assign(new Error('inner'), { [Symbol('hidden')]: { secret } });
    expect(leaksSince(() => new QuixError('QUIX_CONFIG', 'outer', { cause }))).toEqual([
      'an error',
    ]);
  });

  it('an event of a client', () => {
    const secret = newSecret();
    const client = new QuixStreamingClient({ env: { Quix__Sdk__Token: secret } });
    const warning = { code: 'TOKEN_CLEANED', about: 'x', message: secret } as never;
    expect(leaksSince(() => client.emit('warning', warning))).toEqual(['the event warning']);
  });

  it('a token that is written in base64, in hex or in part', () => {
    for (const write of [
      (secret: string) => Buffer.from(secret).toString('base64'),
      (secret: string) => Buffer.from(secret).toString('hex'),
      (secret: string) => secret.slice(5, 28),
    ]) {
      const secret = newSecret();
      expect(
        leaksSince(() => {
          console.log(write(secret));
        }),
      ).toEqual(['console.log']);
    }
  });

  it('what a child process prints, of a token that it was given', async () => {
    const code = 'console.log(process.env.Quix__Sdk__Token)';
    const child = spawn(process.execPath, ['-e', code], {
      env: { ...process.env, Quix__Sdk__Token: randomSecret() },
    });
    child.stdout.resume();
    await once(child, 'close');
    expect(sentinel.search().hits).toEqual(['stdout of a child process']);
  });

  it('the tokens and passwords of an exchange', async () => {
    const portal = await startPortalEmulator();
    const client = new QuixStreamingClient({ env: portal.env });
    const { sasl } = await client.getBrokerCredentials();
    await portal.close();
    expect(
      leaksSince(() => {
        console.log(portal.token1);
      }),
    ).toEqual(['console.log']);
    expect(
      leaksSince(() => {
        console.log(sasl?.password);
      }),
    ).toEqual(['console.log']);
  });
});

it('finds nothing where nothing is, and forgets what was searched', () => {
  const own = new Sentinel();
  const secret = randomSecret();
  own.hides(secret);
  own.hears('here', 'nothing');
  expect(own.search()).toEqual({ hits: [], searched: { secrets: 1, said: 1 } });
  own.hears('here', secret);
  expect(own.search().hits).toEqual(['here']);
  expect(own.search().hits).toEqual([]);
});

it('forgets the oldest secrets, of which a long life has ever more, and keeps the newest', () => {
  const own = new Sentinel();
  const secrets = Array.from({ length: 400 }, () => randomSecret());
  for (const secret of secrets) own.hides(secret);
  expect(own.search().searched.secrets).toBe(400);
  own.hears('the oldest', secrets.at(0));
  own.hears('the newest', secrets.at(-1));
  expect(own.search().hits).toEqual(['the newest']);
});
