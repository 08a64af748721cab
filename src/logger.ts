import { debuglog } from 'node:util';

/**
 * Where log lines go: `console`, pino and most others have this shape. What is missing is not called.
 * Each line is one text without secrets.
 */
export interface QuixLogger {
  debug?(message: string): void;
  info?(message: string): void;
  warn?(message: string): void;
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
