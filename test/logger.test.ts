import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { log, type QuixLogFields, type QuixLogger } from '../src/logger.ts';
import { Token } from '../src/token/index.ts';
import { expectNoLeak } from './support/leaks.ts';
import { closeAfterEach, makeClient, startPortal } from './support/portal-clients.ts';

closeAfterEach();

const fields: QuixLogFields = { event: 'warning', code: 'TOKEN_BLANK' };
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
    ['an object and the message, if it has `child`', { child }, [fields, 'quix-streams-auth: x']],
    [
      'the message and an object, if it has `child` and `log`',
      { child, log: other },
      ['quix-streams-auth: x', fields],
    ],
  ])('passes to a logger %s', (_, methods, expected) => {
    const lines: unknown[] = [];
    log({ ...methods, warn: (...line) => lines.push(line) }, 'warn', 'x', fields);
    expect(lines).toEqual([expected]);
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

describe('a client with a pino logger', () => {
  interface Line extends QuixLogFields {
    readonly level: number;
    readonly msg: string;
  }
  const LEVEL_NAMES: Readonly<Record<number, string>> = pino.levels.labels;

  interface Collected {
    readonly logger: QuixLogger;
    /** The fields of each line, without those of pino itself. */
    readonly lines: object[];
    readonly messages: readonly string[];
    readonly text: () => string;
  }

  /** Returns a pino logger and what it writes. */
  function collectLines(): Collected {
    const written: string[] = [];
    const messages: string[] = [];
    const lines: object[] = [];
    const write = (json: string): void => {
      written.push(json);
      const { level, msg, ...rest } = JSON.parse(json) as Line;
      messages.push(msg);
      lines.push({ level: LEVEL_NAMES[level], ...rest });
    };
    const options = { level: 'debug', base: null, timestamp: false };
    return { logger: pino(options, { write }), lines, messages, text: () => written.join('') };
  }

  it('logs a rotation with fields, without secrets', async () => {
    const portal = await startPortal();
    const { token1, token2, workspaceId } = portal;
    const { logger, lines, messages, text } = collectLines();
    const client = makeClient(portal, { logger, fallbackToken: token2 });
    await client.getBrokerCredentials();
    const previous = new Token(token1, '').fingerprint;
    const current = new Token(token2, '').fingerprint;
    const request = expect.stringContaining('broker settings') as string;
    expect(lines).toEqual([
      { level: 'debug', event: 'request', request: expect.any(String) as string, httpStatus: 200 },
      { level: 'debug', event: 'request', request, httpStatus: 200 },
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
      { level: 'debug', event: 'request', workspaceId, request, httpStatus: 401 },
      {
        level: 'warn',
        event: 'tokenRejected',
        workspaceId,
        httpStatus: 401,
        source: 'Quix__Sdk__Token',
        fingerprint: previous,
      },
      { level: 'debug', event: 'request', workspaceId, request, httpStatus: 200 },
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
    expect(messages).toHaveLength(7);
    for (const message of messages) expect(message).toMatch(/^quix-streams-auth: [A-Z1]/);
    const { sasl } = await client.getBrokerCredentials();
    expectNoLeak(text(), [token1, token2, sasl?.password ?? '']);
  });

  it('logs warnings, retries and errors with fields', async () => {
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
        httpStatus: 503,
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
        httpStatus: 403,
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
