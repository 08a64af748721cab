// Runs only with SENTINEL=1, because it tests sentinel-setup.ts.
import { spawn } from 'node:child_process';
import { channel, subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import { startPortalEmulator } from 'quix-streams-auth/testing';
import { log } from '../../src/logger.ts';
import { randomSecret } from './leaks.ts';
import { sentinel } from './sentinel.ts';

/** Returns where secrets appeared since the last search. The check after the test then finds nothing. */
const hitsSoFar = (): string[] => sentinel.search().hits.map(({ where }) => where);

function hitsOf(action: () => unknown): string[] {
  action();
  return hitsSoFar();
}

function newSecret(): string {
  const secret = randomSecret();
  sentinel.addSecret(secret);
  return secret;
}

describe('the sentinel detects a secret in', () => {
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
    ['a QuixError', (secret: string) => new QuixError('QUIX_CONFIG', secret)],
    [
      'a log line (debug)',
      (secret: string) => {
        log(undefined, 'debug', secret, { event: 'request' });
      },
    ],
    [
      'a log line (warn)',
      (secret: string) => {
        log(undefined, 'warn', 'A line.', { event: 'warning', about: secret });
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
      hitsOf(() => {
        leak(secret);
      }),
    ).toContain(where);
  });

  it('the cause of an error, behind a symbol', () => {
    const secret = newSecret();
    const cause = Object.assign(new Error('inner'), { [Symbol('hidden')]: { secret } });
    expect(hitsOf(() => new QuixError('QUIX_CONFIG', 'outer', { cause }))).toEqual(['a QuixError']);
  });

  it('a copy of an error', () => {
    const secret = newSecret();
    const error = new QuixError('QUIX_CONFIG', 'original');
    expect(hitsOf(() => error.copy({ summary: secret }))).toEqual(['a QuixError']);
  });

  it('an event of a client', () => {
    const secret = newSecret();
    const client = new QuixStreamingClient({ env: { Quix__Sdk__Token: secret } });
    const warning = { code: 'TOKEN_CLEANED', about: 'x', message: secret } as never;
    expect(hitsOf(() => client.emit('warning', warning))).toEqual(['the event warning']);
  });

  it('a text with an encoded secret or a part of it', () => {
    for (const write of [
      (secret: string) => Buffer.from(secret).toString('base64'),
      (secret: string) => Buffer.from(secret).toString('hex'),
      (secret: string) => secret.slice(5, 28),
    ]) {
      const secret = newSecret();
      expect(
        hitsOf(() => {
          console.log(write(secret));
        }),
      ).toEqual(['console.log']);
    }
  });

  it('the output of a child process that has the token in its environment', async () => {
    const code = 'console.log(process.env.Quix__Sdk__Token)';
    const child = spawn(process.execPath, ['-e', code], {
      env: { ...process.env, Quix__Sdk__Token: randomSecret() },
    });
    child.stdout.resume();
    await once(child, 'close');
    expect(hitsSoFar()).toEqual(['stdout of a child process']);
  });

  it('a text with the token or the password of an exchange', async () => {
    const portal = await startPortalEmulator();
    const client = new QuixStreamingClient({ env: portal.env });
    const { sasl } = await client.getBrokerCredentials();
    await portal.close();
    for (const secret of [portal.token1, sasl?.password]) {
      expect(
        hitsOf(() => {
          console.log(secret);
        }),
      ).toEqual(['console.log']);
    }
  });
});
