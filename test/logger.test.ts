import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import type * as Logger from '../src/logger.ts';
import { log, type QuixLogFields, type QuixLogger } from '../src/logger.ts';
import { Token } from '../src/token/index.ts';
import { expectNoLeak } from './support/leaks.ts';
import { closeAfterEach, makeClient, startPortal } from './support/portal-clients.ts';

closeAfterEach();

const fields = (): QuixLogFields => ({ event: 'warning', code: 'TOKEN_BLANK' });
const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

describe('log()', () => {
  it.each(LEVELS)('passes one line to the method of the level: %s', (level) => {
    const lines: unknown[] = [];
    const logger = Object.fromEntries(
      LEVELS.map((each) => [each, (...args: unknown[]) => lines.push([each, ...args])]),
    ) as QuixLogger;
    log(logger, level, 'Something.', fields);
    expect(lines).toEqual([[level, 'quix-streams-auth: Something.']]);
  });

  const child = (): never => {
    throw new Error('The library creates no child of a logger.');
  };
  const other = (): void => undefined;
  it.each<[string, object, unknown[]]>([
    ['the message only, if it has no method `child`', { log: other }, ['quix-streams-auth: x']],
    ['an object and the message, if it has `child`', { child }, [fields(), 'quix-streams-auth: x']],
    [
      'the message and an object, if it has `child` and `log`',
      { child, log: other },
      ['quix-streams-auth: x', fields()],
    ],
  ])('passes to a logger %s', (_, methods, expected) => {
    const lines: unknown[] = [];
    log({ ...methods, warn: (...line) => lines.push(line) }, 'warn', 'x', fields);
    expect(lines).toEqual([expected]);
  });

  it('does not compute the fields for a logger that does not receive them', async () => {
    // The setup of `npm run test:secrets` replaces log() by a function that computes the fields.
    const original = await vi.importActual<typeof Logger>('../src/logger.ts');
    let computed = 0;
    const count = (): QuixLogFields => {
      computed++;
      return fields();
    };
    for (const logger of [undefined, {}, { warn: other }]) {
      original.log(logger, 'warn', 'x', count);
    }
    expect(computed).toBe(0);
  });

  it('calls a method of the logger with the logger as `this`', () => {
    class Logger {
      readonly #lines: string[] = [];
      info(line: string): void {
        this.#lines.push(line);
      }
      get count(): number {
        return this.#lines.length;
      }
    }
    const logger = new Logger();
    log(logger, 'info', 'x', fields);
    expect(logger.count).toBe(1);
  });

  const throwing = (): never => {
    throw new Error('disk full');
  };

  it.each<[string, unknown]>([
    ['there is no logger', undefined],
    ['the logger lacks the method', {}],
    ['the method is undefined', { warn: undefined }],
    ['the method throws', { warn: throwing }],
    ['the method is not a function', { warn: 'text' }],
    ['reading the method throws', Object.defineProperty({}, 'warn', { get: throwing })],
    ['reading `child` throws', Object.defineProperty({ warn: other }, 'child', { get: throwing })],
  ])('does not throw when %s', (_, logger) => {
    expect(() => {
      log(logger as QuixLogger | undefined, 'warn', 'x', fields);
    }).not.toThrow();
  });
});

describe('a pino logger', () => {
  interface Line extends QuixLogFields {
    readonly level: number;
    readonly msg: string;
  }
  const LEVEL_NAMES: Readonly<Record<number, string>> = pino.levels.labels;

  /** Returns a pino logger, and the fields of its lines without those of pino itself. */
  function collectLines(): { logger: QuixLogger; lines: object[]; text: () => string } {
    const written: string[] = [];
    const lines: object[] = [];
    const write = (json: string): void => {
      written.push(json);
      const { level, msg, ...rest } = JSON.parse(json) as Line;
      expect(msg).toMatch(/^quix-streams-auth: [A-Z1]/);
      lines.push({ level: LEVEL_NAMES[level], ...rest });
    };
    const options = { level: 'debug', base: null, timestamp: false };
    return { logger: pino(options, { write }), lines, text: () => written.join('') };
  }

  it('receives the facts of a rotation as properties, without secrets', async () => {
    const portal = await startPortal();
    const { token1, token2, workspaceId } = portal;
    const { logger, lines, text } = collectLines();
    const client = makeClient(portal, { logger, fallbackToken: token2 });
    await client.getBrokerCredentials();
    const previous = new Token(token1, '').fingerprint;
    const current = new Token(token2, '').fingerprint;
    const request = expect.stringContaining('broker settings') as string;
    expect(lines).toEqual([
      { level: 'debug', event: 'request', request: expect.any(String) as string, status: 200 },
      { level: 'debug', event: 'request', request, status: 200 },
      {
        level: 'info',
        event: 'credentials',
        workspaceId,
        generation: 1,
        source: 'Quix__Sdk__Token',
        fingerprint: previous,
      },
    ]);
    lines.length = 0;
    portal.revokeToken(token1);
    await client.getBrokerCredentials({ forceRefresh: true });
    expect(lines).toEqual([
      { level: 'debug', event: 'request', workspaceId, request, status: 401 },
      {
        level: 'warn',
        event: 'tokenRejected',
        workspaceId,
        status: 401,
        source: 'Quix__Sdk__Token',
        fingerprint: previous,
      },
      { level: 'debug', event: 'request', workspaceId, request, status: 200 },
      {
        level: 'info',
        event: 'rotated',
        workspaceId,
        source: 'fallbackToken',
        fingerprint: current,
        previousSource: 'Quix__Sdk__Token',
        previousFingerprint: previous,
      },
    ]);
    const { sasl } = await client.getBrokerCredentials();
    expectNoLeak(text(), [token1, token2, sasl?.password ?? '']);
  });

  it('receives the properties of warnings, retries and errors', async () => {
    const portal = await startPortal();
    const { logger, lines } = collectLines();
    const { workspaceId } = portal;
    portal.faults.push({ status: 503, headers: { 'retry-after': '0' } });
    portal.faults.push({ status: 403, body: JSON.stringify({ correlationId: 'c-1' }) });
    const client = makeClient(portal, { logger, workspaceId, tokenEnvVar: 'MY_QUIX_TOKEN' });
    await expect(client.getBrokerCredentials()).rejects.toMatchObject({ code: 'QUIX_FORBIDDEN' });
    const linesOf = (event: QuixLogFields['event']): object[] =>
      lines.filter((line) => 'event' in line && line.event === event);
    expect(linesOf('warning')).toEqual([
      {
        level: 'warn',
        event: 'warning',
        code: 'TOKEN_VARIABLE_UNSET',
        about: 'MY_QUIX_TOKEN',
        workspaceId,
      },
    ]);
    expect(linesOf('retry')).toEqual([
      {
        level: 'debug',
        event: 'retry',
        request: expect.stringContaining('broker settings') as string,
        code: 'QUIX_PORTAL_UNAVAILABLE',
        retryable: true,
        status: 503,
        correlationId: expect.any(String) as string,
        delayMs: expect.any(Number) as number,
        workspaceId,
      },
    ]);
    expect(linesOf('failure')).toEqual([
      {
        level: 'error',
        event: 'failure',
        code: 'QUIX_FORBIDDEN',
        retryable: false,
        status: 403,
        correlationId: 'c-1',
        workspaceId,
      },
    ]);
  });
});

describe('NODE_DEBUG', () => {
  const run = promisify(execFile);
  const source = fileURLToPath(new URL('../src/index.ts', import.meta.url));
  const code = `const { QuixStreamingClient } = await import(${JSON.stringify(source)});
    const client = new QuixStreamingClient();
    await client.getBrokerCredentials();`;

  /** Runs an exchange in which the first request fails. Returns what it prints with this value of NODE_DEBUG. */
  async function stderrWith(section: string): Promise<string> {
    const portal = await startPortal();
    portal.faults.push({ status: 503, headers: { 'retry-after': '0' } });
    const args = ['--import', 'tsx', '--input-type=module', '-e', code];
    const env = { ...process.env, ...portal.env, NODE_DEBUG: section, NODE_OPTIONS: '' };
    return (await run(process.execPath, args, { env })).stderr;
  }

  it('with the section quix prints each request, each retry and the result', async () => {
    const lines = (await stderrWith('quix')).trim().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^QUIX \d+: debug: 127\.0\.0\.1:\d+ .*\bworkspaces\b.*\b503\b/),
      expect.stringMatching(/^QUIX \d+: debug: .*QUIX_PORTAL_UNAVAILABLE.*\b\d+ ms\b/),
      expect.stringMatching(/^QUIX \d+: debug: .*\bworkspaces\b.*\b200\b/),
      expect.stringMatching(
        /^QUIX \d+: debug: .*\bbroker settings\b.*\borg-project-dev\b.*\b200\b/,
      ),
      expect.stringMatching(/^QUIX \d+: info: .*\borg-project-dev\b.*\b1\b/),
    ]);
  });

  it('with another section prints nothing', async () => {
    expect(await stderrWith('quixotic')).toBe('');
  });
});
