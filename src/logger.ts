import { debuglog } from 'node:util';

/**
 * A logger, such as `console` or a pino logger. Methods that it lacks are not called. Each call
 * gets one string, which contains no secrets.
 */
export interface QuixLogger {
  /** Requests and retries. */
  debug?(message: string): void;
  /** Rare events, such as a change of token. */
  info?(message: string): void;
  /** Conditions that need attention. */
  warn?(message: string): void;
  /** Failed calls. */
  error?(message: string): void;
}

/** `NODE_DEBUG=quix` prints all levels to stderr. */
const debug = debuglog('quix');

/** Logs a message. Errors of the logger are ignored, so that they cannot stop an exchange. */
export function log(
  logger: QuixLogger | undefined,
  level: keyof QuixLogger,
  message: string,
): void {
  debug('%s: %s', level, message);
  try {
    logger?.[level]?.(`quix-streams-auth: ${message}`);
  } catch {
    // There is nowhere to report it: the logger itself failed.
  }
}
