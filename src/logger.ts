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

/** A logger that throws is its owner's trouble, not that of the exchange. */
export function log(
  logger: QuixLogger | undefined,
  level: keyof QuixLogger,
  message: string,
): void {
  try {
    logger?.[level]?.(`quix-streams-auth: ${message}`);
  } catch {
    // Where should it be told? The logger is what failed.
  }
}
