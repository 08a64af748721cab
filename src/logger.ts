import { debuglog } from 'node:util';

/**
 * Where log lines go: `console`, pino and most others have this shape. What is missing is not called.
 * Each line is one text without secrets.
 */
export interface QuixLogger {
  /** What happens all the time. */
  debug?(message: string): void;
  /** What happens now and then, such as another token. */
  info?(message: string): void;
  /** What deserves a look. */
  warn?(message: string): void;
  /** What failed. */
  error?(message: string): void;
}

/** `NODE_DEBUG=quix` shows all levels on stderr. */
const debug = debuglog('quix');

/** A logger that throws is its owner's trouble, not that of the exchange. */
export function log(
  logger: QuixLogger | undefined,
  level: keyof QuixLogger,
  message: string,
): void {
  debug('%s: %s', level, message);
  try {
    logger?.[level]?.(`quix-streams-auth: ${message}`);
  } catch {
    // Where should it be told? The logger is what failed.
  }
}
