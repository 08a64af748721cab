import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { log, type QuixLogger } from '../src/logger.ts';
import { closeAfterEach, startPortal } from './support/portal-clients.ts';

closeAfterEach();

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

describe('log', () => {
  it.each(LEVELS)('gives one line to the method of the level: %s', (level) => {
    const lines: unknown[] = [];
    const logger = Object.fromEntries(
      LEVELS.map((each) => [each, (...args: unknown[]) => lines.push([each, ...args])]),
    ) as QuixLogger;
    log(logger, level, 'Something.');
    expect(lines).toEqual([[level, 'quix-streams-auth: Something.']]);
  });

  it('calls a method of the logger as its own, as classes need', () => {
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

  it('says nothing where there is no logger, or no such method', () => {
    log(undefined, 'error', 'x');
    log({}, 'error', 'x');
    log({ info: undefined } as unknown as QuixLogger, 'info', 'x');
  });

  it('is not harmed by a logger that throws', () => {
    const throwing = (): never => {
      throw new Error('disk full');
    };
    log({ warn: throwing }, 'warn', 'x');
    log({ warn: 'text' } as unknown as QuixLogger, 'warn', 'x');
    const getter = Object.defineProperty({}, 'warn', { get: throwing });
    log(getter, 'warn', 'x');
  });
});

describe('NODE_DEBUG', () => {
  const run = promisify(execFile);
  const source = fileURLToPath(new URL('../src/index.ts', import.meta.url));
  const code = `const { QuixStreamingClient } = await import(${JSON.stringify(source)});
    const client = new QuixStreamingClient();
    await client.getBrokerCredentials();`;

  async function stderrWith(section: string): Promise<string> {
    const portal = await startPortal();
    portal.faults.push({ status: 503, headers: { 'retry-after': '0' } });
    const args = ['--import', 'tsx', '--input-type=module', '-e', code];
    const env = { ...process.env, ...portal.env, NODE_DEBUG: section, NODE_OPTIONS: '' };
    return (await run(process.execPath, args, { env })).stderr;
  }

  it('of quix shows each request, each wait before another, and what came of it', async () => {
    const lines = (await stderrWith('quix')).trim().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^QUIX \d+: debug: 127\.0\.0\.1:\d+ answered 503 when asked for /),
      expect.stringMatching(/^QUIX \d+: debug: QUIX_PORTAL_UNAVAILABLE .*: again in \d+ ms\.$/),
      expect.stringMatching(/answered 200 when asked for the list of workspaces\.$/),
      expect.stringMatching(/answered 200 when asked for the broker settings of workspace /),
      expect.stringMatching(/^QUIX \d+: info: Broker credentials 1 of workspace .* obtained\.$/),
    ]);
  });

  it('of something else shows nothing', async () => {
    expect(await stderrWith('quixotic')).toBe('');
  });
});
