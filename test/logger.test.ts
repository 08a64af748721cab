import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { log, type QuixLogger } from '../src/logger.ts';
import { closeAfterEach, startPortal } from './support/portal-clients.ts';

closeAfterEach();

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

describe('log()', () => {
  it.each(LEVELS)('passes one line to the method of the level: %s', (level) => {
    const lines: unknown[] = [];
    const logger = Object.fromEntries(
      LEVELS.map((each) => [each, (...args: unknown[]) => lines.push([each, ...args])]),
    ) as QuixLogger;
    log(logger, level, 'Something.');
    expect(lines).toEqual([[level, 'quix-streams-auth: Something.']]);
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
    log(logger, 'info', 'x');
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
  ])('does not throw when %s', (_, logger) => {
    expect(() => {
      log(logger as QuixLogger | undefined, 'warn', 'x');
    }).not.toThrow();
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
