import { debuglog } from 'node:util';

/** A logger, such as `console` or pino. Each method is optional. Messages contain no secrets. */
export interface QuixLogger {
  /** Requests and retries. */
  debug?(message: string): void;
  /** New credentials, and changes to another token. */
  info?(message: string): void;
  /** Conditions that need attention. */
  warn?(message: string): void;
  /** Failed exchanges and other failed calls. */
  error?(message: string): void;
}

/** `NODE_DEBUG=quix` prints all levels to stderr. */
const debug = debuglog('quix');

/** Logs a message. Ignores errors of the logger, because they must not stop an exchange. */
export function log(
  logger: QuixLogger | undefined,
  level: keyof QuixLogger,
  message: string,
): void {
  debug('%s: %s', level, message);
  try {
    const result: unknown = logger?.[level]?.(`quix-streams-auth: ${message}`);
    // An async logger returns a promise, and an unhandled rejection would end the process.
    void Promise.resolve(result).catch(() => undefined);
  } catch {
    // The logger failed, so its failure cannot be logged.
  }
}
