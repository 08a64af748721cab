import { describe, expect, it } from 'vitest';
import { log, type QuixLogger } from '../src/logger.ts';

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
